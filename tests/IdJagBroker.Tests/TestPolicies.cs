using IdJagBroker.Shared;

namespace IdJagBroker.Tests;

/// <summary>The catalogue and the rules that the broker's tests speak of.</summary>
internal static class TestPolicies
{
    public const string TrackrIssuer = "https://as.trackr.example";
    public const string Trackr = "https://mcp.trackr.example/v1/mcp";
    public const string TrackrAdmin = "https://mcp.trackr.example/admin";
    public const string WikiIssuer = "https://wiki.example/";
    public const string Wiki = "https://mcp.wiki.example/mcp";
    public const string EntraTenant = "7d0c1b52-88f4-4c0e-9a55-1f3f7be0c9aa";

    public static string Catalog(BrokerFixture broker, string secretHash, string oldSecretHash) =>
        $$$"""
        apiVersion: broker/v1
        kind: Catalog
        metadata: {name: test, owner: iam@acme.example}
        idps:
          okta:  {issuer: "{{{broker.Idp.Issuer}}}", groupsClaim: groups, kind: okta, algorithms: [ES256]}
          entra: {issuer: "{{{broker.Entra.Issuer}}}", groupsClaim: groups, kind: entra, tenants: ["{{{EntraTenant}}}"], algorithms: [ES256]}
        groups:
          engineering: {idp: okta, id: 00g-eng}
          contractors: {idp: okta, id: 00g-ctr}
          entra-eng:   {idp: entra, id: 11111111-1111-4111-8111-111111111111}
          entra-ctr:   {idp: entra, id: 22222222-2222-4222-8222-222222222222}
        clients:
          agent:
            clientIds: [{{{BrokerFixture.AgentId}}}, "notes+agent%2F2"]
            auth: client_secret
            secretHashes: ["{{{secretHash}}}", "{{{oldSecretHash}}}"]
            subjectTokenAudiences: {okta: [agent-at-okta, agent-mobile-at-okta], entra: [agent-at-entra]}
          editor:
            clientIds: [{{{BrokerFixture.EditorId}}}]
            auth: private_key_jwt
            jwks: {keys: [{{{TestIdp.Jwk(broker.ClientKey, "editor-1").ToJsonString()}}}]}
            subjectTokenAudiences: {okta: [editor-at-okta]}
          retired:
            clientIds: [retired]
            auth: client_secret
            secretHashes: ["{{{secretHash}}}"]
            enabled: false
            subjectTokenAudiences: {okta: [retired-at-okta]}
          unmapped:
            clientIds: [unmapped]
            auth: client_secret
            secretHashes: ["{{{secretHash}}}"]
            subjectTokenAudiences: {okta: [agent-at-okta]}
          bound:
            clientIds: [bound]
            auth: client_secret
            secretHashes: ["{{{secretHash}}}"]
            dpop: required
            subjectTokenAudiences: {okta: [agent-at-okta]}
          unset:
            clientIds: [unset]
            auth: client_secret
            subjectTokenAudiences: {okta: [agent-at-okta]}
        authorizationServers:
          trackr: {issuer: "{{{TrackrIssuer}}}", audienceAliases: ["urn:acme:trackr"], clientIds: {agent: cl_7hQ2notes, editor: cl_editor, retired: cl_ret, bound: cl_bound, unset: cl_unset}}
          wiki:   {issuer: "{{{WikiIssuer}}}", clientIds: {agent: wk-agent, editor: wk-editor}, subject: upstream_sub, maxLifetime: 1m}
          closed: {issuer: "https://closed.example", clientIds: {agent: x}, enabled: false}
        resources:
          trackr-mcp:   {as: trackr, uri: "{{{Trackr}}}", scopes: [tickets:read, tickets:comment, tickets:admin]}
          trackr-admin: {as: trackr, uri: "{{{TrackrAdmin}}}", scopes: [tickets:read, users:admin], tags: [sensitive]}
          wiki-mcp:     {as: wiki, uri: "{{{Wiki}}}", scopes: [pages:read, pages:write], defaultScopes: [pages:read]}
          closed-mcp:   {as: closed, uri: "https://mcp.closed.example/", scopes: [read]}
        """;

    public const string Rules =
        """
        apiVersion: broker/v1
        kind: Policy
        metadata: {name: test, owner: iam@acme.example}
        rules:
          - id: no-contractors-on-sensitive
            effect: deny
            why: Contractors never reach sensitive data
            who: {groups: {anyOf: [contractors, entra-ctr]}}
            target: {tags: {anyOf: [sensitive]}}
          - id: eng-tickets
            effect: allow
            why: Engineers work with tickets
            who: {groups: {anyOf: [engineering, entra-eng]}}
            client: {ids: [agent, editor, retired, unmapped, bound, unset]}
            grant: {trackr-mcp: [tickets:read, tickets:comment], wiki-mcp: [pages:read]}
          - id: anybody-administers
            effect: allow
            why: So that a deny rule over groups is the only thing in the way
            who: {everyone: true}
            client: {ids: [agent]}
            grant: {trackr-admin: [users:admin]}
        """;
}
