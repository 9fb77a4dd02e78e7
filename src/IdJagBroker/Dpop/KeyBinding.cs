using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.Dpop;

/// <summary>The key that a request proved to hold, if it did: what is issued for the request is bound to it.</summary>
/// <param name="Thumbprint">RFC 7638 SHA-256, base64url; null for none.</param>
internal sealed record KeyBinding(string? Thumbprint)
{
    /// <summary>No proof was sent.</summary>
    public static readonly KeyBinding None = new((string?)null);

    /// <summary>Whether it is the key to which something is bound.</summary>
    public bool IsOf(string boundTo) =>
        Thumbprint is { } proven && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(boundTo), Encoding.ASCII.GetBytes(proven));
}
