using System.Text;
using IdJagBroker.Policies;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Upstreams.Profiles;

/// <summary>
/// What differs between identity providers in reading an ID Token; what is said here holds for each that says nothing else. A fault is
/// a few fixed words for the log, never a claim's value.
/// </summary>
internal abstract class UpstreamProfile
{
    // Keycloak names the kind of a token in the payload.
    private static readonly string[] OtherKinds = ["Bearer", "DPoP", "Refresh", "Offline", "Logout"];

    /// <summary>Where the keys for <paramref name="issuer"/> come from (SEC-10).</summary>
    public virtual UpstreamKeySource KeysFor(CatalogIdp idp, CatalogIssuer issuer) =>
        UpstreamKeySource.Of(idp, idp.Issuer.Value, new Uri(idp.Issuer.Value.TrimEnd('/') + UpstreamKeySource.WellKnown));

    /// <summary>Those of the keys that may sign for <paramref name="issuer"/>: a key that names an issuer signs for no other.</summary>
    public JsonWebKeySet KeysOf(JsonWebKeySet keys, CatalogIssuer issuer)
    {
        foreach (var key in keys.Keys)
            if (!MaySign(key, issuer)) return new JsonWebKeySet(keys.Keys.Where(other => MaySign(other, issuer)));
        return keys;
    }

    /// <summary>
    /// What is wrong with the claims, or null. Here: a token of another kind that its <c>typ</c> does not give away (IDP-27, IDP-37): a
    /// logout or security event token has <c>events</c>, an access token <c>scp</c>.
    /// </summary>
    public virtual string? Check(JwtClaims claims, CatalogIdp idp, CatalogIssuer issuer)
    {
        if (claims.Has("events"u8)) return "it is an event, not an ID Token";
        if (claims.Has("scp"u8) || (claims.GetString("typ"u8, 32, out var kind) is ClaimState.Present && OtherKinds.Contains(kind, StringComparer.OrdinalIgnoreCase)))
            return "it is an access token, not an ID Token";
        return null;
    }

    /// <summary>What the provider calls the person for ever (D2); null with the fault.</summary>
    public virtual string? StableId(JwtClaims claims, CatalogIdp idp, string sub, out string? fault)
    {
        fault = null;
        if (idp.SubjectClaim is "sub") return sub;
        if (claims.GetString(Encoding.UTF8.GetBytes(idp.SubjectClaim), 255, out var value) is ClaimState.Present) return value;
        fault = $"{idp.SubjectClaim} is missing or malformed";
        return null;
    }

    /// <summary>The tenant that the person belongs to, where the provider has several.</summary>
    public virtual string? Tenant(JwtClaims claims) => null;

    /// <summary>Whether the provider leaves groups out, or may have done so without a word (SEC-36).</summary>
    /// <param name="claims">The claims.</param>
    /// <param name="groupsClaim">The name of the claim.</param>
    /// <param name="stated">How many groups it states.</param>
    public virtual bool LeavesGroupsOut(JwtClaims claims, string groupsClaim, int stated) => false;

    /// <summary>Whether the person is one of this provider's own, for whose address it can speak (JAG-22).</summary>
    public virtual bool IsMember(JwtClaims claims, CatalogIssuer issuer) => true;

    /// <summary>Every authentication context that the sign-in met; null if that is malformed.</summary>
    public virtual IReadOnlyList<string>? AuthenticationContexts(JwtClaims claims) => claims.GetString("acr"u8, 255, out var acr) switch
    {
        ClaimState.Malformed => null,
        ClaimState.Present => [acr!],
        _ => [],
    };

    /// <summary>Whether a key may sign for an issuer.</summary>
    protected virtual bool MaySign(JsonWebKey key, CatalogIssuer issuer) =>
        key.Issuer is null || string.Equals(key.Issuer, issuer.Value, StringComparison.Ordinal);
}
