using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization;

/// <summary>A client registered here (RFC 7591 §2). It authenticates with a secret, by Basic or in the body, as it likes.</summary>
public sealed class IdJagClient
{
    /// <summary>The shortest secret, in characters (SEC-23).</summary>
    public const int MinSecretChars = 32;

    private readonly List<ClientSecretHash> _secrets = [];

    /// <summary>Its id here; what <c>client_id</c> in an ID-JAG must say (RAS-19).</summary>
    public string ClientId { get; set; } = "";

    /// <summary>Its secret, at least <see cref="MinSecretChars"/> characters. Kept as a hash only, so it reads as null.</summary>
    public string? Secret
    {
        get => null;
        set => Add(value);
    }

    /// <summary>Several secrets, while they are rotated. Kept as hashes only, so they read as none.</summary>
    public IReadOnlyList<string> Secrets
    {
        get => [];
        set
        {
            foreach (var secret in value) Add(secret);
        }
    }

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

    internal IReadOnlyList<ClientSecretHash> SecretHashes => _secrets;

    internal bool HasShortSecret { get; private set; }

    internal bool MustProve => DpopBoundAccessTokens || !GrantTypes.Contains(GrantType.JwtBearer, StringComparer.Ordinal);

    internal bool MayRedeemIdJags => GrantTypes.Any(grant => grant is GrantType.JwtBearer or GrantType.JwtDpop)
        && (GrantProfiles is null || GrantProfiles.Contains(GrantType.IdJagProfile, StringComparer.Ordinal));

    private void Add(string? secret)
    {
        if (secret is null) return;
        HasShortSecret |= secret.Length < MinSecretChars;
        _secrets.Add(ClientSecretHash.Of(secret));
    }
}
