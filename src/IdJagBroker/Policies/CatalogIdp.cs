using System.Collections.Immutable;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Policies;

/// <summary>What an identity provider is, where that changes how its tokens are read.</summary>
internal enum IdpKind
{
    /// <summary>Any OpenID provider: people are keyed by <c>iss</c> and <c>sub</c>.</summary>
    Oidc,

    /// <summary>Microsoft Entra ID: people are keyed by <c>tid</c> and <c>oid</c> (D2).</summary>
    Entra,

    /// <summary>Okta.</summary>
    Okta,

    /// <summary>Google Workspace.</summary>
    Google,

    /// <summary>Ping.</summary>
    Ping,
}

/// <summary>An upstream identity provider whose ID Tokens are accepted (<c>idps.ALIAS</c>).</summary>
internal sealed record CatalogIdp
{
    /// <summary>The longest that a sign-in may lie back, and the default.</summary>
    public static readonly TimeSpan MaxSignInAgeLimit = TimeSpan.FromHours(12);

    public required string Alias { get; init; }

    /// <summary>Compared exactly with <c>iss</c>.</summary>
    public required Issuer Issuer { get; init; }

    public IdpKind Kind { get; init; }

    /// <summary>The claim that holds stable group ids, or null: then nobody of this provider has groups.</summary>
    public string? GroupsClaim { get; init; }

    /// <summary>The claim that identifies a person within this provider.</summary>
    public string SubjectClaim { get; init; } = "sub";

    /// <summary>The claims of its tokens that rules may ask for, besides those that have a condition of their own.</summary>
    public ImmutableArray<string> PolicyClaims { get; init; } = [];

    /// <summary>Entra only: the tenants whose <c>tid</c> is accepted. Empty: the issuer alone decides.</summary>
    public ImmutableArray<Guid> Tenants { get; init; } = [];

    /// <summary>Entra only: whether tokens of the v1 endpoint are accepted too.</summary>
    public bool EntraV1 { get; init; }

    /// <summary>Google only: the Workspace domains whose <c>hd</c> is accepted.</summary>
    public ImmutableArray<string> HostedDomains { get; init; } = [];

    /// <summary>Where groups are asked for that the token does not list, or null: then such a person's groups are not known.</summary>
    public CatalogGroupDirectory? GroupDirectory { get; init; }

    /// <summary>Whether the provider's hosts may have addresses of the enterprise's own network (SEC-16).</summary>
    public bool PrivateNetwork { get; init; }

    /// <summary>Entra only: whether the issuer is a template, to be read with each of <see cref="Tenants"/>.</summary>
    public bool IsTemplate => Issuer.Value.Contains(IdpIssuers.TenantPlace, StringComparison.Ordinal);

    /// <summary>Where its keys are, or null: found by its metadata (SEC-10).</summary>
    public Uri? JwksUri { get; init; }

    /// <summary>The algorithms that its tokens may be signed with.</summary>
    public ImmutableArray<JwsAlgorithm> Algorithms { get; init; } = [JwsAlgorithm.RS256, JwsAlgorithm.ES256, JwsAlgorithm.PS256];

    /// <summary>How long ago the person may have signed in.</summary>
    public TimeSpan MaxSignInAge { get; init; } = MaxSignInAgeLimit;

    /// <summary>How people are sent there to sign in, or null: the broker sends nobody there.</summary>
    public CatalogSignIn? SignIn { get; init; }

    /// <summary>The mail domains, in lower case, for which this provider's word about an address counts (SEC-35).</summary>
    public ImmutableArray<string> EmailDomains { get; init; } = [];
}
