using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.TokenExchange;

/// <summary>A broker with an authorization server for each setting of tokens and each demand on a sign-in.</summary>
public sealed class AudiencesBroker(BrokerPostgres postgres) : IAsyncLifetime
{
    private const string Servers =
        """
        authorizationServers:
          full:     {issuer: "https://full.example", clientIds: {agent: f}, algorithm: RS256, tenant: organization, audTenant: acme-inc, audSub: {"okta|00u-ana": acc-ana}, claims: [email, name, groups, address, "https://acme.example/dept", "urn:acme:level"]}
          account:  {issuer: "https://account.example", clientIds: {agent: a}, audSubClaim: account_id}
          mailed:   {issuer: "https://mailed.example", clientIds: {agent: m}, subject: email}
          required: {issuer: "https://required.example", clientIds: {agent: r}, resourceParameter: required}
          optional: {issuer: "https://optional.example", clientIds: {agent: o}, resourceParameter: optional}
          many:     {issuer: "https://many.example", clientIds: {agent: m}, resourceParameter: optional}
          strong:   {issuer: "https://strong.example", clientIds: {agent: s}, requireAcr: ["urn:acme:loa:3", phrh]}
          fresh:    {issuer: "https://fresh.example", clientIds: {agent: s}, maxSignInAge: 10m}
          both:     {issuer: "https://both.example", clientIds: {agent: s}, requireAcr: [phr, phrh], maxSignInAge: 1h, subject: "claim:employee_id"}

        """;

    private const string Resources =
        """
        resources:
          full-mcp:     {as: full, uri: "https://mcp.full.example/", scopes: [read]}
          account-mcp:  {as: account, uri: "https://mcp.account.example/", scopes: [read]}
          mailed-mcp:   {as: mailed, uri: "https://mcp.mailed.example/", scopes: [read]}
          required-mcp: {as: required, uri: "https://mcp.required.example/", scopes: [read]}
          optional-a:   {as: optional, uri: "https://a.optional.example/", scopes: [read]}
          optional-b:   {as: optional, uri: "https://b.optional.example/", scopes: [read, write]}
          optional-c:   {as: optional, uri: "https://c.optional.example/", scopes: [read]}
          optional-off: {as: optional, uri: "https://off.optional.example/", scopes: [read], enabled: false}
          strong-mcp:   {as: strong, uri: "https://mcp.strong.example/", scopes: [read, admin]}
          strong-exact: {as: strong, uri: "https://exact.strong.example/", scopes: [read, admin], scopeMode: exact}
          fresh-mcp:    {as: fresh, uri: "https://mcp.fresh.example/", scopes: [read]}
          fresher-mcp:  {as: fresh, uri: "https://fresher.fresh.example/", scopes: [read], maxSignInAge: 2m}
          laxer-mcp:    {as: fresh, uri: "https://laxer.fresh.example/", scopes: [read], maxSignInAge: 11h}
          both-mcp:     {as: both, uri: "https://mcp.both.example/", scopes: [read]}
          both-high:    {as: both, uri: "https://high.both.example/", scopes: [read], requireAcr: [phrh, other]}
          both-odd:     {as: both, uri: "https://odd.both.example/", scopes: [read], requireAcr: [other]}

        """;

    private static readonly string[] Granted =
        ["full-mcp", "account-mcp", "mailed-mcp", "required-mcp", "optional-a", "optional-b", "strong-mcp", "strong-exact", "fresh-mcp", "fresher-mcp", "laxer-mcp", "both-mcp", "both-high", "both-odd", "many-1"];

    private static readonly string Many = string.Concat(Enumerable.Range(1, 9).Select(i => $"  many-{i}: {{as: many, uri: \"https://{i}.many.example/\", scopes: [read]}}\n"));

    private static readonly string Grants = "{" + string.Join(", ", Granted.Select(alias => alias + ": [read]")) + "}";

    private static readonly string Rules =
        $$$"""
        apiVersion: broker/v1
        kind: Policy
        metadata: {name: test, owner: iam@acme.example}
        rules:
          - id: read-everything
            effect: allow
            why: Engineers read
            who: {groups: {anyOf: [engineering]}}
            client: {ids: [agent]}
            grant: {{{Grants}}}
          - id: ana-reads-whatever-her-groups
            effect: allow
            why: She is named
            who: {subjects: ["okta|00u-ana"]}
            client: {ids: [agent]}
            grant: {full-mcp: [read]}
        """;

    internal BrokerFixture Broker { get; } = new(postgres);

    public async ValueTask InitializeAsync() => await StartAsync(Broker);

    internal static Task StartAsync(BrokerFixture broker, params string[] configuration) => broker.StartAsync(configuration, Rules, changeCatalog: catalog => catalog
        .Replace("authorizationServers:\n", Servers, StringComparison.Ordinal).Replace("resources:\n", Resources + Many, StringComparison.Ordinal));

    public ValueTask DisposeAsync() => Broker.DisposeAsync();
}
