using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization;

/// <summary>
/// A client registered here (RFC 7591 §2). It authenticates in one way: with a secret (by Basic or in the body, as it likes), or with an assertion that one of its
/// keys signed (<c>private_key_jwt</c>), which are registered, published at its <c>jwks_uri</c>, or named by its metadata document.
/// </summary>
public sealed class IdJagClient
{
    /// <summary>The shortest secret, in characters (SEC-23).</summary>
    public const int MinSecretChars = 32;

    private readonly ClientSecrets _secrets = new();

    /// <summary>Its id here; what <c>client_id</c> in an ID-JAG must say (RAS-19).</summary>
    public string ClientId { get; set; } = "";

    /// <summary>Its secret, at least <see cref="MinSecretChars"/> characters. Kept as a hash only, so it reads as null.</summary>
    public string? Secret
    {
        get => null;
        set => _secrets.Add(value);
    }

    /// <summary>Several secrets, while they are rotated. Kept as hashes only, so they read as none.</summary>
    public IReadOnlyList<string> Secrets
    {
        get => [];
        set => _secrets.Add(value);
    }

    /// <summary>Its public keys, for <c>private_key_jwt</c>.</summary>
    public JsonWebKeySet? Keys { get; set; }

    /// <summary>Where it publishes them, https. Fetched through the guarded client, with a limit on how often (CIMD-14).</summary>
    public string? JwksUri { get; set; }

    /// <summary>
    /// <see cref="ClientId"/> is the address of its metadata document (CIMD), which names its keys. Nobody else's document is fetched, unless
    /// its host is one of <see cref="IdJagAuthorizationServerOptions.ClientDocumentHosts"/>.
    /// </summary>
    public bool UsesMetadataDocument { get; set; }

    /// <summary>The host of its document or keys may resolve to a private address (RFC 1918, RFC 6598, ULA): for a client in the intranet (SEC-16).</summary>
    public bool IsOnPrivateNetwork { get; set; }

    /// <summary>
    /// The tenant here that it is registered in: it redeems no ID-JAG about people of another (<see cref="TrustedIssuer.AudienceTenant"/>,
    /// JAG-30). Null: its registration holds in every tenant.
    /// </summary>
    public string? AudienceTenant { get; set; }

    /// <summary>
    /// The grants in its registration; without jwt-bearer and jwt-dpop it is refused (RAS-06). With jwt-bearer it may use jwt-dpop too, which
    /// asks more of it; with jwt-dpop alone, it must prove to hold a key each time.
    /// </summary>
    public IReadOnlyList<string> GrantTypes { get; set; } = [GrantType.JwtBearer];

    /// <summary>It always proves to hold a key (RFC 9449 §5.2, <c>dpop_bound_access_tokens</c>): what it asks without a DPoP proof is refused (POP-12).</summary>
    public bool DpopBoundAccessTokens { get; set; }

    /// <summary>The grant profiles in its registration, if it lists any; the ID-JAG profile must then be one (RAS-06).</summary>
    public IReadOnlyList<string>? GrantProfiles { get; set; }

    /// <summary>The most that it is ever granted; empty: whatever the ID-JAG and the resource allow.</summary>
    public IReadOnlyList<string> Scopes { get; set; } = [];

    internal ClientSecrets KnownSecrets => _secrets;

    /// <summary>In how many ways it could authenticate; one is right.</summary>
    internal int Credentials => (_secrets.Hashes.Count > 0 ? 1 : 0) + (Keys is null ? 0 : 1) + (JwksUri is null ? 0 : 1) + (UsesMetadataDocument ? 1 : 0);

    internal bool MustProve => DpopBoundAccessTokens || !GrantTypes.Contains(GrantType.JwtBearer, StringComparer.Ordinal);

    internal bool MayRedeemIdJags => GrantTypes.Any(grant => grant is GrantType.JwtBearer or GrantType.JwtDpop)
        && (GrantProfiles is null || GrantProfiles.Contains(GrantType.IdJagProfile, StringComparer.Ordinal));
}
