using System.Buffers.Text;
using System.Security.Cryptography;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>Names that nobody can guess.</summary>
internal static class RandomName
{
    /// <summary>256 random bits, base64url, 43 characters.</summary>
    public static string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
