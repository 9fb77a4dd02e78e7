using System.Buffers.Text;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.Demo.EnterpriseIdp.Shapes;

/// <summary>Ids in another provider's alphabet, the same for the same person on every run.</summary>
internal static class DerivedId
{
    /// <summary>A GUID, as Entra names people, groups and tenants.</summary>
    public static string Guid(string id) => new Guid(Hash(id).AsSpan(0, 16), bigEndian: true).ToString("D");

    /// <summary>43 characters that differ for each pair of person and application.</summary>
    public static string Pairwise(string person, string application) => Base64Url.EncodeToString(Hash($"{person}\n{application}"));

    /// <summary>21 digits, as Google names people.</summary>
    public static string Digits(string id)
    {
        var number = new BigInteger(Hash(id), isUnsigned: true) % BigInteger.Pow(10, 20);
        return "1" + number.ToString("D20", CultureInfo.InvariantCulture);
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
