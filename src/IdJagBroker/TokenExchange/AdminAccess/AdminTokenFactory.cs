using IdJagBroker.Clients;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using Microsoft.Extensions.Options;

namespace IdJagBroker.TokenExchange.AdminAccess;

/// <summary>What an administrator asks for, as claims. Signs nothing.</summary>
internal sealed class AdminTokenFactory(Issuer issuer, SigningKeyRing keys, IOptions<AdminAccessOptions> options, TimeProvider clock)
{
    /// <summary>The key that the claims will be signed with: one that signs nothing else.</summary>
    /// <exception cref="SigningUnavailableException">There is none: nothing has been recorded.</exception>
    public ISigningKey Key => keys.For(KeyPurpose.AccessToken, AdminAccessToken.Algorithm);

    /// <summary>
    /// Gives the scopes that are asked for, or all that are registered. Refuses with <c>invalid_scope</c> if one is not among them (none is
    /// left out in silence), and with <c>invalid_target</c>, <c>invalid_authorization_details</c> or <c>invalid_dpop_proof</c> what would
    /// have to be another token.
    /// </summary>
    public OAuthResult<AdminAccessToken> Create(OAuthForm form, IReadOnlyList<string?> dpopProofs, Authenticated<CatalogAdministrator> administrator)
    {
        if (dpopProofs.Count > 0)       // a proof that was passed over would look like a token that is bound to its key
            return OAuthError.InvalidDpopProof("DPoP is not supported for this grant").Because("DPOP_PROOF_INVALID", "not for this grant");
        if (form.All("resource").Any(resource => resource != AdminAccessToken.AudienceOf(issuer)))
            return OAuthError.InvalidTarget("this grant is for the admin API alone");
        if (form["authorization_details"] is not null) return OAuthError.InvalidAuthorizationDetails("authorization_details are not supported");
        if (!ScopeSet.TryParse(form["scope"], out var asked)) return OAuthError.InvalidScope("scope is malformed or too long");
        var registered = administrator.Registration.Scopes;
        if (!asked.IsSubsetOf(registered))
            return OAuthError.InvalidScope("not every requested scope is permitted").Because("SCOPE_NOT_ALLOWED", $"not registered: {asked.Except(registered)}");

        var now = clock.GetUtcNow();
        var issuedAt = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
        return new AdminAccessToken(
            issuer, administrator.ClientId, asked.IsEmpty ? registered : asked, issuedAt, issuedAt + options.Value.AccessTokenLifetime, JwtIds.Create(now));
    }

    /// <summary>The answer; <c>expires_in</c> never says more than is left.</summary>
    public AccessTokenResponse Answer(AdminAccessToken token, EncodedJwt signed) =>
        new(signed, token.ExpiresAt - clock.GetUtcNow() is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero, token.Scope, AdminAccessToken.AudienceOf(issuer));
}
