using IdJagBroker.Policies;
using IdJagBroker.Policies.Testing;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Tests.Policies.Schema;

namespace IdJagBroker.Tests.Policies.Testing;

/// <summary>Texts of tests, and what they are about.</summary>
internal static class TestTexts
{
    /// <summary>With a second identity provider, and claims that rules may ask for.</summary>
    public static readonly string Catalog = Acme.Catalog
        .Replace("groupsClaim: groups}", "groupsClaim: groups, policyClaims: [dept, managed]}\n  entra: {issuer: \"https://login.acme.example\", groupsClaim: groups}", StringComparison.Ordinal)
        .Replace("groups:\n", "groups:\n  staff: {idp: entra, id: staff-id}\n", StringComparison.Ordinal);

    /// <summary>One rule that asks for a good sign-in, and two on trial.</summary>
    public const string Rules = """
          - id: eng-read
            effect: allow
            why: Engineers read
            who: {groups: {anyOf: [eng]}}
            client: {ids: [claude, vscode]}
            grant: {wiki: [doc:read], code: [repo:read]}
            require: {auth: {acrAnyOf: [phr], amrAnyOf: [mfa, pop], amrAllOf: [hwk], maxAge: 1h}}
            limits: {maxTokenLifetime: 2m}
          - {id: try-mail, effect: allow, mode: shadow, why: w, who: {groups: {anyOf: [eng]}}, client: {ids: [claude]}, grant: {mail: [mail:read]}}
          - {id: try-deny, effect: deny, mode: shadow, why: w, target: {resources: [code]}}

        """;

    public const string Head = """
        apiVersion: broker/v1
        kind: Tests
        metadata: {name: acme}
        now: 2026-11-18T09:00:00Z
        subjects:
          ana: {sub: "okta|00u-ana", groups: [eng], acr: phr, amr: [hwk, mfa], authAge: 10m}
          eve: {sub: "okta|00u-eve", groups: [eng], acr: pwd, amr: [pwd], authAge: 2h}
          bob: {sub: "okta|00u-bob"}

        """;

    public const string Test = "  - {name: reads, ask: {subject: ana, client: claude, resource: wiki, scopes: [doc:read]}, expect: {outcome: allow}}\n";

    public const string Invariant = "  - {name: sealed, never: {who: {groups: [ctr]}, client: {ids: [claude]}, target: {resources: [code]}, scopes: [\"*:write\"]}}\n";

    /// <summary>A document of these tests and invariants.</summary>
    public static string Document(string tests = Test, string invariants = "") =>
        Head + (tests.Length > 0 ? "tests:\n" + tests : "") + (invariants.Length > 0 ? "invariants:\n" + invariants : "");

    /// <summary>Reads a document along with the catalogue and the rules above.</summary>
    public static PolicyTestLoad Load(string document, string rules = Rules, string? catalog = null, string name = "all_test.yaml")
    {
        var problems = new PolicyDiagnostics();
        PolicySource Source(string file, string text) => new(file, "policies/" + file, text);
        var tests = new List<TestDocument>();
        var snapshot = PolicyParser.Parse(
            [Source("00-catalog.yaml", catalog ?? Catalog), Source("10-rules.yaml", Acme.PolicyHead + rules), Source(name, document)], "policies", allowLoopbackHttp: false, problems, tests);
        if (snapshot is not null) Assert.Empty(SchemaCheck.Faults(document));       // as for every other file: Acme.Load
        return new PolicyTestLoad(snapshot, [.. tests], problems.Sorted());
    }

    /// <summary>The same, which must load without a word, run.</summary>
    public static PolicyTestReport Run(string document, string rules = Rules, string? part = null)
    {
        var load = Load(document, rules);
        Assert.Equal("", PolicyDiagnosticText.Render(load.Diagnostics));
        return PolicyTestRunner.Run(load.Snapshot!, load.Documents, part);
    }
}
