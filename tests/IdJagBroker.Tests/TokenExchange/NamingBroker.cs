using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.TokenExchange;

/// <summary>A broker with an authorization server for each subject rule, and one for each bound of a lifetime.</summary>
public sealed class NamingBroker(BrokerPostgres postgres) : IAsyncLifetime
{
    internal const string ByClaim = "https://claim.example";
    internal const string ByEmail = "https://email.example";
    internal const string Pairwise = "https://pairwise.example";
    internal const string PairwiseToo = "https://pairwise-too.example";
    internal const string ByBroker = "https://broker-named.example";
    internal const string LongLived = "https://long.example";

    private const string Servers =
        """
        authorizationServers:
          claims:   {issuer: "https://claim.example", clientIds: {agent: a, editor: e}, subject: "claim:employee_number"}
          mail:     {issuer: "https://email.example", clientIds: {agent: a}, subject: email}
          pair:     {issuer: "https://pairwise.example", clientIds: {agent: a, editor: e}, subject: pairwise}
          pair-too: {issuer: "https://pairwise-too.example", clientIds: {agent: a}, subject: pairwise}
          named:    {issuer: "https://broker-named.example", clientIds: {agent: a}, subject: broker}
          long:     {issuer: "https://long.example", clientIds: {agent: a}, maxLifetime: 10m}

        """;

    private const string Resources =
        """
        resources:
          claims-mcp:   {as: claims, uri: "https://mcp.claim.example/", scopes: [read]}
          mail-mcp:     {as: mail, uri: "https://mcp.email.example/", scopes: [read]}
          pair-mcp:     {as: pair, uri: "https://mcp.pairwise.example/", scopes: [read, brief]}
          pair-too-mcp: {as: pair-too, uri: "https://mcp.pairwise-too.example/", scopes: [read]}
          named-mcp:    {as: named, uri: "https://mcp.broker-named.example/", scopes: [read, brief]}
          long-mcp:     {as: long, uri: "https://mcp.long.example/", scopes: [read]}

        """;

    private const string Rules =
        """

          - id: everybody-reads
            effect: allow
            why: The tests look at names
            who: {everyone: true}
            client: {ids: [agent, editor]}
            grant: {claims-mcp: [read], mail-mcp: [read], pair-mcp: [read], pair-too-mcp: [read], named-mcp: [read], long-mcp: [read]}
          - id: brief-while
            effect: allow
            why: A rule with a shorter life of its own
            who: {everyone: true}
            client: {ids: [agent]}
            grant: {named-mcp: [brief]}
            limits: {maxTokenLifetime: 30s}
        """;

    internal BrokerFixture Broker { get; } = new(postgres);

    /// <summary>A tenant of an Entra whose issuer names it, and which lists none.</summary>
    internal const string NamedTenant = "3f0a2f3a-0c52-4d5e-9a10-5b1f6d3c7e21";

    internal string NamedTenantIssuer => $"{Broker.Entra.Issuer}/{NamedTenant}/v2.0";

    public async ValueTask InitializeAsync() => await Broker.StartAsync(["--TokenExchange:IdJagLifetime=00:04:00"], TestPolicies.Rules + Rules, changeCatalog: catalog => catalog
        .Replace("kind: okta,", "kind: okta, emailDomains: [acme.example],", StringComparison.Ordinal)
        .Replace("idps:\n", $$"""
            idps:
              tenant: {issuer: "{{NamedTenantIssuer}}", jwksUri: "{{Broker.Entra.Issuer}}/jwks", kind: entra, algorithms: [ES256]}

            """, StringComparison.Ordinal)
        // The second upstream as one that keeps its people under a claim of its own.
        .Replace($"kind: entra, tenants: [\"{TestPolicies.EntraTenant}\"]", "kind: oidc, subjectClaim: uid", StringComparison.Ordinal)
        .Replace("entra: [agent-at-entra]", "entra: [agent-at-entra], tenant: [agent-at-entra]", StringComparison.Ordinal)
        .Replace("authorizationServers:\n", Servers, StringComparison.Ordinal)
        .Replace("resources:\n", Resources, StringComparison.Ordinal));

    public ValueTask DisposeAsync() => Broker.DisposeAsync();
}
