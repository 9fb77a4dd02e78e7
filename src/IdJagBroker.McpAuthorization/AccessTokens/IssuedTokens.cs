using IdJagBroker.McpAuthorization.ResourceServer;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization.AccessTokens;

/// <summary>Which living token of this authorization server is this? For its own endpoints, and for the MCP servers of this application.</summary>
internal sealed class IssuedTokens(IAccessTokenStore store, AuthorizationServerDocuments documents, IOptions<IdJagAuthorizationServerOptions> options, TimeProvider clock) : IAccessTokenStatus
{
    /// <summary>The record of a token that was issued here, is not revoked and has not expired; or null.</summary>
    public ValueTask<AccessTokenRecord?> FindAsync(EncodedJwt token, CancellationToken ct)
    {
        if (token.Utf8.Length > AccessTokenValidator.MaxChars) return default;
        if (!token.Utf8.Span.Contains((byte)'.')) return options.Value.AccessTokenFormat is AccessTokenFormat.Opaque ? LivingAsync(OpaqueAccessTokenIssuer.IdOf(token.Utf8.Span), ct) : default;
        return Verify(token) is { } jwtId ? LivingAsync(jwtId, ct) : default;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> IsActiveAsync(EncodedJwt token, VerifiedAccessToken verified, CancellationToken ct) =>
        await TryAsync(LivingAsync(verified.JwtId, ct), ct) is not null;

    /// <inheritdoc/>
    public async ValueTask<VerifiedAccessToken?> FindAsync(EncodedJwt token, string resource, CancellationToken ct) =>
        await TryAsync(FindAsync(token, ct), ct) is { } record && string.Equals(record.Resource, resource, StringComparison.Ordinal) ? Verified(record) : null;

    private VerifiedAccessToken Verified(AccessTokenRecord record) => new(options.Value.Issuer, record.Subject, record.ClientId, record.JwtId, record.Scope)
    {
        Binding = new KeyConfirmation(record.KeyThumbprint is not null, record.KeyThumbprint), Acr = record.Acr, AuthTime = record.AuthTime,
    };

    private static async ValueTask<AccessTokenRecord?> TryAsync(ValueTask<AccessTokenRecord?> finding, CancellationToken ct)
    {
        try
        {
            return await finding;
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            throw new AccessTokenStatusUnavailableException(e.GetType().Name, e);
        }
    }

    private async ValueTask<AccessTokenRecord?> LivingAsync(string jwtId, CancellationToken ct) =>
        await store.FindAsync(jwtId, ct) is { } record && record.ExpiresAt > clock.GetUtcNow() ? record : null;

    // A jti is no secret: without its signature a token is anybody's text.
    private string? Verify(EncodedJwt token)
    {
        if (!CompactJws.TryParse(token, AccessTokenValidator.MaxChars, out var jws, out _)) return null;
        using (jws)
            return JwtType.Is(jws.Header.Type, JwtType.AccessToken) && JwsVerifier.Verify(jws, documents.Keys, JwsAlgorithm.All, out _) is JwsFailure.None
                && jws.Claims.Is("iss"u8, options.Value.Issuer)
                && jws.Claims.GetString("jti"u8, 255, out var jwtId) is ClaimState.Present ? jwtId : null;
    }
}
