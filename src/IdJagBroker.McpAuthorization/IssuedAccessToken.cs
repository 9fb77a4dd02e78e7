using System.Runtime.InteropServices;
using System.Security.Cryptography;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization;

/// <summary>A finished access token.</summary>
/// <param name="Token">The token.</param>
/// <param name="JwtId">Its <c>jti</c>, for the log.</param>
/// <param name="ExpiresIn">How long it lives.</param>
public sealed record IssuedAccessToken(EncodedJwt Token, string JwtId, TimeSpan ExpiresIn)
{
    /// <summary>The key that the token is bound to: <see cref="AccessTokenGrant.KeyThumbprint"/>, or nothing is given out.</summary>
    public string? KeyThumbprint { get; init; }

    /// <summary>Whether it is what was decided: an issuer that knows nothing of keys must not turn a bound ID-JAG into a token for everybody.</summary>
    internal bool IsBoundAs(AccessTokenGrant grant) =>
        CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(KeyThumbprint.AsSpan()), MemoryMarshal.AsBytes(grant.KeyThumbprint.AsSpan()));
}
