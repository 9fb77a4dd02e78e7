using System.Buffers.Text;
using System.Security.Cryptography;
using IdJagBroker.Protocol.Jws;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization.AccessTokens;

/// <summary>Makes access tokens that say nothing by themselves: 256 random bits (AT-16).</summary>
internal sealed class OpaqueAccessTokenIssuer(IOptions<IdJagAuthorizationServerOptions> options) : IAccessTokenIssuer
{
    /// <inheritdoc/>
    public ValueTask<IssuedAccessToken> IssueAsync(AccessTokenGrant grant, CancellationToken ct)
    {
        var token = new byte[Base64Url.GetEncodedLength(32)];
        Base64Url.EncodeToUtf8(RandomNumberGenerator.GetBytes(32), token);
        return new(new IssuedAccessToken(new EncodedJwt(token), IdOf(token), options.Value.WholeAccessTokenLifetime) { KeyThumbprint = grant.KeyThumbprint });
    }

    /// <summary>By what a token is found. A hash needs no salt here: nobody guesses 256 bits.</summary>
    public static string IdOf(ReadOnlySpan<byte> token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(token, hash);
        return "at-" + Base64Url.EncodeToString(hash);
    }
}
