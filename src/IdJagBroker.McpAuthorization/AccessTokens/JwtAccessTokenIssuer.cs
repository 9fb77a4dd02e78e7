using System.Buffers.Text;
using System.Security.Cryptography;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization.AccessTokens;

/// <summary>Signs JWT access tokens (RFC 9068 §2). They carry what the MCP server needs, and of the person only what was asked for (AT-12).</summary>
internal sealed class JwtAccessTokenIssuer(IOptions<IdJagAuthorizationServerOptions> options, TimeProvider clock) : IAccessTokenIssuer
{
    /// <inheritdoc/>
    public async ValueTask<IssuedAccessToken> IssueAsync(AccessTokenGrant grant, CancellationToken ct)
    {
        var lifetime = options.Value.WholeAccessTokenLifetime;
        var token = AccessTokenRecord.Of(grant, NewJwtId(), clock.GetUtcNow(), lifetime);
        var jws = UnsignedJws.Create(
            options.Value.SigningKey!, JwtType.AccessToken, (options.Value.Issuer, token), static (it, json) => AccessTokenClaims.Write(json, it.Issuer, it.token));
        return new IssuedAccessToken(await jws.SignAsync(ct), token.JwtId, lifetime) { KeyThumbprint = grant.KeyThumbprint };
    }

    private static string NewJwtId() => "at-" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
}
