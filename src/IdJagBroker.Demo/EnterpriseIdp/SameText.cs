using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>Compares secrets in a time that tells nothing of them, not even their length.</summary>
internal static class SameText
{
    public static bool In(string expected, string actual) => CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(expected)), SHA256.HashData(Encoding.UTF8.GetBytes(actual)));
}
