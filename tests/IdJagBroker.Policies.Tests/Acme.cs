using IdJagBroker.Policies;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;
using IdJagBroker.Tests.Policies.Schema;
using Xunit;

namespace IdJagBroker.Tests.Policies;

/// <summary>Small texts that are right, for tests that break one thing in them; and inputs.</summary>
internal static class Acme
{
    public const string Catalog = """
        apiVersion: broker/v1
        kind: Catalog
        metadata: {name: acme, owner: iam@acme.example}
        idps:
          okta: {issuer: "https://acme.okta.com", groupsClaim: groups}
        groups:
          eng: {idp: okta, id: 00g-eng}
          ctr: {idp: okta, id: 00g-ctr}
          fin: {idp: okta, id: 00g-fin}
        clients:
          claude: {clientIds: [id-claude], auth: private_key_jwt}
          vscode: {clientIds: [id-vscode], auth: client_secret}
        authorizationServers:
          acme: {issuer: "https://auth.acme.example", clientIds: {claude: ac-cl, vscode: ac-vs}}
          other: {issuer: "https://auth.other.example"}
        resources:
          wiki: {as: acme, uri: "https://wiki.acme.example/mcp", scopes: [doc:read, doc:write, admin], tags: [work]}
          code: {as: acme, uri: "https://code.acme.example/mcp", scopes: [repo:read, repo:write, admin], tags: [source, prod]}
          mail: {as: other, uri: "https://mail.other.example/", scopes: [mail:read]}

        """;

    /// <summary>A Wednesday, ten o'clock in Berlin.</summary>
    public static readonly DateTimeOffset Now = new(2026, 11, 18, 9, 0, 0, TimeSpan.Zero);

    public const string PolicyHead = """
        apiVersion: broker/v1
        kind: Policy
        metadata: {name: rules, owner: iam@acme.example}
        rules:

        """;

    public const string Rule = """
          - id: eng-read
            effect: allow
            why: Engineers read
            who: {groups: {anyOf: [eng]}}
            client: {ids: [claude, vscode]}
            grant: {wiki: [doc:read], code: [repo:read]}

        """;

    /// <summary>Loads texts by name as files would be; no disk.</summary>
    public static PolicyLoad Load(params (string Name, string Text)[] files)
    {
        var problems = new PolicyDiagnostics();
        var sources = files.Select(file => new PolicySource(file.Name, "policies/" + file.Name, file.Text)).ToList();
        var snapshot = PolicyParser.Parse(sources, "policies", allowLoopbackHttp: false, problems);
        // What loads is right by the JSON Schema too, whatever a test is about: an editor that underlines what is good is soon switched off.
        if (snapshot is not null) Assert.All(files, file => Assert.Empty(SchemaCheck.Faults(file.Text)));
        return new PolicyLoad(snapshot, problems.Sorted());
    }

    /// <summary>The catalogue above with these rules.</summary>
    public static PolicyLoad LoadRules(string rules, string? catalog = null) =>
        Load(("00-catalog.yaml", catalog ?? Catalog), ("10-rules.yaml", PolicyHead + rules));

    /// <summary>The same, and it must load without a word.</summary>
    public static PolicySnapshot Snapshot(string rules, string? catalog = null)
    {
        var load = LoadRules(rules, catalog);
        Assert.Equal("", PolicyDiagnosticText.Render(load.Diagnostics));
        return load.Snapshot!;
    }

    public static PolicyInput Ask(string client, string resources, string scope, string groups = "", string subject = "okta|00u-ana", bool complete = true)
    {
        Assert.True(ScopeSet.TryParse(scope, out var scopes));
        return new PolicyInput
        {
            ClientAlias = client,
            Subject = subject,
            Groups = groups.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal),
            GroupsComplete = complete,
            ResourceAliases = [.. resources.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
            Scope = scopes,
            At = Now,
        };
    }

    /// <summary>Everything of a decision, to compare.</summary>
    public static string Show(PolicyDecision decision) =>
        $"{decision.Reason.Code()} [{decision.GrantedScope}] at [{string.Join(' ', decision.GrantedResources)}] by [{string.Join(' ', decision.RuleIds)}] {YamlValues.Format(decision.MaxLifetime)} other:{decision.OtherScopesAllowed}";
}
