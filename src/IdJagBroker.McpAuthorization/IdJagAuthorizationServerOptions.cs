using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization;

/// <summary>What an authorization server that redeems ID-JAGs is, whom it trusts and what it guards. A bad value stops the start.</summary>
public sealed class IdJagAuthorizationServerOptions
{
    /// <summary>The issuer identifier (RFC 8414 §2), https; the one value that the <c>aud</c> of an ID-JAG may have (RAS-15).</summary>
    public string Issuer { get; set; } = "";

    /// <summary>The public URL of the token endpoint. Unset: <c>/token</c> below the issuer. Of a server that the grant is mounted into: its own.</summary>
    public string? TokenEndpoint { get; set; }

    /// <summary>The issuers whose ID-JAGs are taken. Nobody else's are, and nobody else's keys are ever fetched (RAS-10).</summary>
    public IList<TrustedIssuer> TrustedIssuers { get; } = [];

    /// <summary>The MCP servers that this authorization server issues tokens for.</summary>
    public IList<ProtectedResource> Resources { get; } = [];

    /// <summary>The clients, by their ids here.</summary>
    public IList<IdJagClient> Clients { get; } = [];

    /// <summary>Hosts whose client id metadata documents are all taken; empty: only those of registered clients (CIMD-09).</summary>
    public IList<ClientDocumentHost> ClientDocumentHosts { get; } = [];

    /// <summary>The algorithms that client assertions may be signed with.</summary>
    public IReadOnlyList<JwsAlgorithm> ClientAssertionAlgorithms { get; set; } = ClientAssertion.Algorithms;

    /// <summary>
    /// Takes client assertions also if their <c>aud</c> is the token endpoint, for clients that know RFC 7523 only. Off unless set: the issuer alone
    /// cannot be mistaken for another server's endpoint (C-19).
    /// </summary>
    public bool AcceptsTokenEndpointAsAudience { get; set; }

    /// <summary>
    /// What the metadata says of client authentication, for an <see cref="IClientAuthenticator"/> of your own. Null: what the clients here use.
    /// </summary>
    public IReadOnlyList<string>? ClientAuthenticationMethods { get; set; }

    /// <summary>Signs the access tokens, unless an <see cref="IAccessTokenIssuer"/> of yours does. It may not sign ID-JAGs or ID Tokens as well (AT-13).</summary>
    public ISigningKey? SigningKey { get; set; }

    /// <summary>Whether access tokens are somebody else's to sign.</summary>
    internal bool IssuesElsewhere { get; set; }

    /// <summary>Other public keys to publish: the next one before its first use, the last one until its tokens are gone (META-18).</summary>
    public IList<JsonWebKey> PublishedKeys { get; } = [];

    /// <summary>The longest <c>exp − iat</c> of an ID-JAG; 30 s to 1 h, 900 s unless set (C-28).</summary>
    public TimeSpan MaxIdJagLifetime { get; set; } = TimeSpan.FromSeconds(900);

    /// <summary>How long an access token lives; 30 s to 1 h, 600 s unless set (AT-11).</summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromSeconds(600);

    /// <summary>What an access token is. MCP servers in other processes have to be told of opaque ones: <see cref="ResourceServer.McpResourceServerOptions.Introspection"/>.</summary>
    public AccessTokenFormat AccessTokenFormat { get; set; } = AccessTokenFormat.Jwt;

    /// <summary>
    /// Records each access token (<see cref="IdJagAuthorizationServerBuilder.UseAccessTokenStore{T}"/>), so that it can be revoked before it expires, by its client (RFC 7009) and by you
    /// (<see cref="AccessTokenRevocations"/>), and asked about (RFC 7662). Off unless set: a JWT then serves until it expires.
    /// </summary>
    public bool RecordAccessTokens { get; set; }

    /// <summary>The MCP servers in other processes that may ask what access tokens mean.</summary>
    public IList<IntrospectionClient> IntrospectionClients { get; } = [];

    /// <summary>What DPoP proofs must hold beyond the rules.</summary>
    public DpopOptions Dpop { get; } = new();

    /// <summary>Takes key-bound ID-JAGs by the jwt-dpop grant too, and says so in the metadata (C-11). By jwt-bearer they are always taken.</summary>
    public bool AcceptsJwtDpopGrant { get; set; } = true;

    /// <summary>Answers <c>invalid_grant</c> where <c>access_denied</c> would tell that the person is known here (C-27).</summary>
    public bool HideAccessDenied { get; set; }

    internal bool KeepsRecords => RecordAccessTokens || AccessTokenFormat is AccessTokenFormat.Opaque;

    internal bool AnswersIntrospection => KeepsRecords && IntrospectionClients.Count > 0;

    internal TimeSpan WholeAccessTokenLifetime => TimeSpan.FromSeconds(Math.Floor(AccessTokenLifetime.TotalSeconds));
}
