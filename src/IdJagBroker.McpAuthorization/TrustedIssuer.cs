using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization;

/// <summary>An issuer whose ID-JAGs are taken: a broker of an enterprise (ID-JAG §4.1).</summary>
public sealed class TrustedIssuer
{
    /// <summary>Its issuer identifier; compared with <c>iss</c> character for character.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>Where its keys are. Unset: taken from its metadata, whose <c>issuer</c> must be <see cref="Issuer"/> exactly (SEC-10).</summary>
    public string? JwksUri { get; set; }

    /// <summary>The algorithms that its ID-JAGs may be signed with (SEC-02).</summary>
    public IReadOnlyList<JwsAlgorithm> Algorithms { get; set; } = JwsAlgorithm.All;

    /// <summary>The longest <c>exp − iat</c> of its ID-JAGs, if it is less than <see cref="IdJagAuthorizationServerOptions.MaxIdJagLifetime"/>; null: that (RAS-17).</summary>
    public TimeSpan? MaxLifetime { get; set; }

    /// <summary>
    /// The MCP servers that it may give access to, as <see cref="IdJagAuthorizationServerOptions.Resources"/> spell them; an ID-JAG that names another is
    /// refused. Empty: all, but for those of another tenant (<see cref="ProtectedResource.AudienceTenant"/>).
    /// </summary>
    public IReadOnlyList<string> Resources { get; set; } = [];

    /// <summary>The most that it may give; empty: whatever the resource and the client allow.</summary>
    public IReadOnlyList<string> Scopes { get; set; } = [];

    /// <summary>How often one of its ID-JAGs may be redeemed (C-14).</summary>
    public IdJagReuse Reuse { get; set; } = IdJagReuse.Reusable;

    /// <summary>The clients that it may speak for, by their ids here; empty: every registered one. An unknown id stops the start (RAS-11).</summary>
    public IReadOnlyList<string> ClientIds { get; set; } = [];

    /// <summary>
    /// The clients that may redeem its ID-JAGs without authentication (C-18): addresses of metadata documents that say
    /// <c>token_endpoint_auth_method</c> <c>none</c>. Each ID-JAG then serves once, whatever <see cref="Reuse"/> says. Empty: nobody.
    /// </summary>
    public IReadOnlyList<string> PublicClientIds { get; set; } = [];

    /// <summary>
    /// For an issuer that serves several tenants, those that are trusted: <c>tenant</c> must then be one of them (C-16). Empty: the
    /// issuer serves one enterprise.
    /// </summary>
    public IReadOnlyList<string> Tenants { get; set; } = [];

    /// <summary>The tenant here that its people belong to; an <c>aud_tenant</c> that says otherwise is refused (RAS-31).</summary>
    public string? AudienceTenant { get; set; }

    /// <summary>
    /// By what it may say whose account is meant, with the accounts of <see cref="IdJagAuthorizationServerBuilder.UseAccounts{T}"/>. Null: by the stored
    /// link of (<c>iss</c>, <c>tenant</c>, <c>sub</c>) and nothing else.
    /// </summary>
    public SubjectRules? Subjects { get; set; }

    /// <summary>
    /// Claims of its ID-JAGs that access tokens carry along, such as <c>email</c>, <c>tenant</c> or <c>groups</c>; none of those that say what a token is. Empty: an access
    /// token says nothing about the person but <c>sub</c> (AT-12, AT-14).
    /// </summary>
    public IReadOnlyList<string> AccessTokenClaims { get; set; } = [];

    /// <summary>How it is told what became of its ID-JAGs; null: it is told nothing.</summary>
    public ReceiptOptions? Receipts { get; set; }

    /// <summary>Its host may resolve to a private address (RFC 1918, RFC 6598, ULA): for an issuer in the intranet (SEC-16).</summary>
    public bool IsOnPrivateNetwork { get; set; }
}
