using IdJagBroker.Policies;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Policies.Yaml;
using Xunit;

namespace IdJagBroker.Tests.Policies;

/// <summary>Policy documents and rules: each field read when right, refused at its place when wrong, alone.</summary>
public sealed class PolicyParserTests
{
    private const string DenyRule = """
          - id: no-ctr
            effect: deny
            why: Contractors stay out
            who: {groups: {anyOf: [ctr]}}
            target: {resources: [code], tags: {anyOf: [prod]}}
            scopes: [repo:write, "*:read"]

        """;

    private static string Change(string rule, string was, string becomes)
    {
        Assert.Contains(was, rule, StringComparison.Ordinal);
        return rule.Replace(was, becomes, StringComparison.Ordinal);
    }

    private static void Refuses(string rules, string marked, PolicyDiagnosticCode code, string? message = null, bool warning = false) =>
        DiagnosticAssert.One(Acme.LoadRules(rules), Acme.PolicyHead + rules, marked, code, message, warning);

    [Fact]
    public void Reads_an_allow_rule()
    {
        var rule = Assert.Single(Acme.Snapshot(Acme.Rule + "    limits: {maxTokenLifetime: 2m}\n").Rules);
        Assert.Equal(("eng-read", PolicyEffect.Allow, "Engineers read", "10-rules.yaml", 5), (rule.Id, rule.Effect, rule.Why, rule.File, rule.Line));
        Assert.True(rule.Who!.Groups!.AnyOf!.SetEquals(["eng"]));
        Assert.True(rule.Client!.Ids!.AnyOf!.SetEquals(["claude", "vscode"]));
        Assert.Equal("repo:read", rule.Grant["code"].ToString());
        Assert.Equal(TimeSpan.FromMinutes(2), rule.MaxTokenLifetime);
    }

    [Fact]
    public void Reads_a_deny_rule()
    {
        var rule = Assert.Single(Acme.Snapshot(DenyRule).Rules);
        Assert.Equal((PolicyEffect.Deny, (TimeSpan?)null), (rule.Effect, rule.MaxTokenLifetime));
        Assert.True(rule.Target!.Resources!.AnyOf!.SetEquals(["code"]));
        Assert.True(rule.Target.Tags!.AnyOf!.SetEquals(["prod"]));
        Assert.Equal(["repo:write", "*:read"], rule.Scopes.Select(pattern => pattern.Text));
        Assert.Null(rule.Client);
    }

    // Every condition of later versions: passed over, each would widen a rule.
    [Theory, Trait("Spec", "IDP-44")]
    [InlineData("obligations: {dpop: true}")]
    [InlineData("unless: {dpop: true}", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("rate: {perSubject: 5}")]
    [InlineData("cel: \"true\"")]
    public void Refuses_a_condition_of_a_later_version(string field, string code = nameof(PolicyDiagnosticCode.FieldUnknown)) =>
        Refuses(Acme.Rule + $"    {field}\n", field, Enum.Parse<PolicyDiagnosticCode>(code));

    [Theory, Trait("Spec", "IDP-44")]
    [InlineData("client: {ids: [claude, vscode]}", "client: {ids: [claude, vscode], notIds: [cursor]}", "notIds")]
    [InlineData("{groups: {anyOf: [eng]}}", "{groups: {anyOf: [eng], oneOf: [eng]}}", "oneOf")]
    [InlineData("{wiki", "{\"*\": [doc:read], wiki", "\"*\"", nameof(PolicyDiagnosticCode.ResourceUnknown))]
    public void Refuses_a_nested_condition_of_a_later_version(string was, string becomes, string marked, string code = nameof(PolicyDiagnosticCode.FieldUnknown)) =>
        Refuses(Change(Acme.Rule, was, becomes), marked, Enum.Parse<PolicyDiagnosticCode>(code));

    [Theory]
    [InlineData("target: {resources: [code], tags: {anyOf: [prod]}}", "target: {resources: [code], as: [acme]}", "as: [acme]")]
    public void Refuses_a_target_of_a_later_version(string was, string becomes, string marked) =>
        Refuses(Change(DenyRule, was, becomes), marked, PolicyDiagnosticCode.FieldUnknown);

    [Theory]
    [InlineData("id: eng-read\n    ", "", "effect: allow", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("effect: allow\n    why", "why", "id: eng-read", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("    why: Engineers read\n", "", "id: eng-read", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("    who: {groups: {anyOf: [eng]}}\n", "", "id: eng-read", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("    client: {ids: [claude, vscode]}\n", "", "id: eng-read", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("    grant: {wiki: [doc:read], code: [repo:read]}\n", "", "id: eng-read", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("effect: allow", "effect: permit", "permit", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("effect: allow", "effect: Allow", "Allow", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("why: Engineers read", "why: \"\"", "\"\"", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("why: Engineers read", "why: \"a\\eb\"", "\"a\\eb\"", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("why: Engineers read", "why:", "why:", nameof(PolicyDiagnosticCode.TypeWrong), 4)]
    [InlineData("id: eng-read", "id: \"eng read\"", "\"eng read\"", nameof(PolicyDiagnosticCode.AliasInvalid))]
    [InlineData("id: eng-read", "id: 12", "12", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("{groups: {anyOf: [eng]}}", "{}", "{}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("{groups: {anyOf: [eng]}}", "{groups: {}}", "{}}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("{groups: {anyOf: [eng]}}", "everyone", "everyone", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("{groups: {anyOf: [eng]}}", "{everyone: false}", "false", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("{groups: {anyOf: [eng]}}", "{groups: {anyOf: [eng]}, everyone: true}", "everyone", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("anyOf: [eng]", "anyOf: []", "[]", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("anyOf: [eng]", "noneOf: []", "[]", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("anyOf: [eng]", "anyOf: eng", "eng}", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("anyOf: [eng]", "allOf: [enq]", "enq", nameof(PolicyDiagnosticCode.GroupUnknown))]
    [InlineData("anyOf: [eng]", "noneOf: [eng, ctx]", "ctx", nameof(PolicyDiagnosticCode.GroupUnknown))]
    [InlineData("anyOf: [eng]", "anyOf: [Eng]", "Eng]", nameof(PolicyDiagnosticCode.GroupUnknown))]
    [InlineData("groups: {anyOf: [eng]}", "subjects: [\"okta:ana\"]", "\"okta:ana\"", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("groups: {anyOf: [eng]}", "subjects: [\"okta|\"]", "\"okta|\"", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("groups: {anyOf: [eng]}", "subjects: [\"otka|ana\"]", "\"otka|ana\"", nameof(PolicyDiagnosticCode.IdpUnknown))]
    [InlineData("[claude, vscode]", "[claude, \"*\"]", "\"*\"", nameof(PolicyDiagnosticCode.ClientUnknown))]
    [InlineData("[claude, vscode]", "[claude, claude]", "claude]", nameof(PolicyDiagnosticCode.ValueDuplicate))]
    [InlineData("[claude, vscode]", "[]", "[]", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("{ids: [claude, vscode]}", "{}", "{}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("{wiki: [doc:read], code: [repo:read]}", "{}", "{}", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("[doc:read]", "[]", "[]", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("[doc:read]", "[\"doc:*\"]", "\"doc:*\"", nameof(PolicyDiagnosticCode.ScopeUnknown))]
    [InlineData("[doc:read]", "[repo:write]", "repo:write", nameof(PolicyDiagnosticCode.ScopeUnknown))]
    [InlineData("wiki: [", "wike: [", "wike", nameof(PolicyDiagnosticCode.ResourceUnknown))]
    [InlineData("    grant", "    target: {resources: [code]}\n    grant", "target", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("    grant", "    scopes: [admin]\n    grant", "scopes", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("    grant", "    limits: {maxTokenLifetime: 29s}\n    grant", "29s", nameof(PolicyDiagnosticCode.DurationOutOfRange))]
    [InlineData("    grant", "    limits: {maxTokenLifetime: 601s}\n    grant", "601s", nameof(PolicyDiagnosticCode.DurationOutOfRange))]
    [InlineData("    grant", "    limits: {}\n    grant", "{}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("    grant", "    limits: {maxTokenLifetime: 1m, dpop: true}\n    grant", "dpop", nameof(PolicyDiagnosticCode.FieldUnknown))]
    [InlineData("    why", "    why: twice\n    why", "why: Engineers", nameof(PolicyDiagnosticCode.KeyDuplicate))]
    public void Refuses_a_bad_field_of_an_allow_rule(string was, string becomes, string marked, string code, int shift = 0)
    {
        var rules = Change(Acme.Rule, was, becomes);
        var load = Acme.LoadRules(rules);
        if (shift is 0) DiagnosticAssert.One(load, Acme.PolicyHead + rules, marked, Enum.Parse<PolicyDiagnosticCode>(code));
        else Assert.Equal((Enum.Parse<PolicyDiagnosticCode>(code), 7, 5 + shift), (load.Diagnostics.Single().Code, load.Diagnostics[0].Line, load.Diagnostics[0].Column));
    }

    [Theory]
    [InlineData("scopes: [repo:write, \"*:read\"]", "grant: {code: [repo:read]}", "grant", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("scopes: [repo:write, \"*:read\"]", "limits: {maxTokenLifetime: 1m}", "limits", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("\"*:read\"", "\"*\"", "\"*\"", nameof(PolicyDiagnosticCode.PatternInvalid))]
    [InlineData("\"*:read\"", "\"*a*\"", "\"*a*\"", nameof(PolicyDiagnosticCode.PatternInvalid))]
    [InlineData("\"*:read\"", "\"re*ad\"", "\"re*ad\"", nameof(PolicyDiagnosticCode.PatternInvalid))]
    [InlineData("repo:write", "repo:wirte", "repo:wirte", nameof(PolicyDiagnosticCode.ScopeUnknown))]
    [InlineData("repo:write", "doc:write", "doc:write", nameof(PolicyDiagnosticCode.ScopeUnknown))]
    [InlineData("[repo:write, \"*:read\"]", "[]", "[]", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("[prod]", "[production]", "production", nameof(PolicyDiagnosticCode.TagUnknown))]
    [InlineData("resources: [code]", "resources: [cod]", "cod]", nameof(PolicyDiagnosticCode.ResourceUnknown))]
    [InlineData("{resources: [code], tags: {anyOf: [prod]}}\n    scopes: [repo:write, \"*:read\"]", "{}", "{}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("tags: {anyOf: [prod]}", "tags: {}", "{}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("    who: {groups: {anyOf: [ctr]}}\n    target: {resources: [code], tags: {anyOf: [prod]}}\n", "", "id: no-ctr", nameof(PolicyDiagnosticCode.RuleTooBroad))]
    public void Refuses_a_bad_field_of_a_deny_rule(string was, string becomes, string marked, string code) =>
        Refuses(Change(DenyRule, was, becomes), marked, Enum.Parse<PolicyDiagnosticCode>(code));

    [Fact]
    public void Lets_a_deny_rule_refuse_everybody_if_it_says_so() =>
        Assert.StartsWith("DENIED_BY_RULE", Acme.Show(PolicyEngine.Decide(
            Acme.Snapshot(Acme.Rule + "  - {id: stop, effect: deny, why: w, who: {everyone: true}}\n"), Acme.Ask("claude", "wiki", "doc:read", "eng"))), StringComparison.Ordinal);

    [Fact]
    public void Warns_of_a_pattern_that_matches_nothing() =>
        Refuses(Change(DenyRule, "\"*:read\"", "\"*:delete\""), "\"*:delete\"", PolicyDiagnosticCode.PatternMatchesNothing, warning: true);

    [Fact]
    public void Warns_of_a_limit_over_the_ceiling() =>
        Refuses(Acme.Rule + "    limits: {maxTokenLifetime: 6m}\n", "6m", PolicyDiagnosticCode.LifetimeOverCeiling, "5m", warning: true);

    [Fact]
    public void Takes_the_smallest_ceiling_of_all_documents()
    {
        static (string, string) Policy(string name, string limit) => (name, $"apiVersion: broker/v1\nkind: Policy\nmetadata: {{name: n, owner: o}}\nlimits: {{maxTokenLifetime: {limit}}}\n");
        Assert.Equal(TimeSpan.FromMinutes(3), Acme.Load(("c.yaml", Acme.Catalog), Policy("a.yaml", "9m"), Policy("b.yaml", "3m"), Policy("d.yaml", "4m")).Snapshot!.Ceiling);
        Assert.Equal(TimeSpan.FromMinutes(10), Acme.Load(("c.yaml", Acme.Catalog), Policy("a.yaml", "10m")).Snapshot!.Ceiling);
        Assert.Equal(TimeSpan.FromMinutes(5), Acme.Snapshot(Acme.Rule).Ceiling);
    }

    [Fact]
    public void Refuses_the_same_id_in_another_file()
    {
        var load = Acme.Load(("00.yaml", Acme.Catalog), ("10.yaml", Acme.PolicyHead + Acme.Rule), ("20.yaml", Acme.PolicyHead + Acme.Rule));
        DiagnosticAssert.One(load, Acme.PolicyHead + Acme.Rule, "eng-read", PolicyDiagnosticCode.RuleDuplicate, "policies/10.yaml:5");
        Assert.Equal("policies/20.yaml", load.Diagnostics[0].File);
    }

    [Theory]
    [InlineData("apiVersion: broker/v1", "apiVersion: broker/v2", "broker/v2", nameof(PolicyDiagnosticCode.ApiVersionUnsupported))]
    [InlineData("apiVersion: broker/v1\n", "", "kind", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("kind: Policy", "kind: Polices", "Polices", nameof(PolicyDiagnosticCode.KindUnknown))]
    [InlineData("kind: Policy\n", "", "apiVersion", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("kind: Policy", "kind: Tests", "Tests", nameof(PolicyDiagnosticCode.KindUnsupported))]
    [InlineData("owner: iam@acme.example", "team: x, owner: o", "team", nameof(PolicyDiagnosticCode.FieldUnknown))]
    [InlineData(", owner: iam@acme.example", "", "{name", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("metadata: {name: rules, owner: iam@acme.example}\n", "", "apiVersion", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("kind: Policy", "kind: Policy\nexceptions: []", "exceptions", nameof(PolicyDiagnosticCode.FieldUnknown))]
    public void Refuses_a_bad_document(string was, string becomes, string marked, string code)
    {
        var text = Change(Acme.PolicyHead + Acme.Rule, was, becomes);
        // A second, sound policy, so that only the one fault is left to report.
        var load = Acme.Load(("00.yaml", Acme.Catalog), ("10.yaml", text), ("20.yaml", Acme.PolicyHead + Change(Acme.Rule, "eng-read", "other")));
        DiagnosticAssert.One(load, text, marked, Enum.Parse<PolicyDiagnosticCode>(code));
    }

    [Fact]
    public void Reads_several_documents_of_one_file_and_counts_lines_through()
    {
        var text = Acme.Catalog + "---\n" + Acme.PolicyHead + Acme.Rule;
        var load = Acme.Load(("all.yaml", text));
        Assert.Equal(1 + text[..text.IndexOf("id: eng-read", StringComparison.Ordinal)].Count(c => c is '\n'), load.Snapshot!.Rules.Single().Line);
    }

    [Fact]
    public void Refuses_a_second_catalogue_and_none()
    {
        var second = Acme.Load(("00.yaml", Acme.Catalog), ("01.yaml", Acme.Catalog), ("10.yaml", Acme.PolicyHead + Acme.Rule));
        DiagnosticAssert.One(second, Acme.Catalog, "Catalog", PolicyDiagnosticCode.CatalogDuplicate, "policies/00.yaml");
        Assert.Equal([PolicyDiagnosticCode.CatalogMissing], Acme.Load(("10.yaml", Acme.PolicyHead + Acme.Rule)).Diagnostics.Select(found => found.Code));
        Assert.Equal([PolicyDiagnosticCode.PolicyMissing], Acme.Load(("00.yaml", Acme.Catalog)).Diagnostics.Select(found => found.Code));
        Assert.Equal([PolicyDiagnosticCode.CatalogMissing, PolicyDiagnosticCode.PolicyMissing], Acme.Load().Diagnostics.Select(found => found.Code));
    }

    [Fact]
    public void Reports_the_errors_of_all_files_at_once_and_no_consequences()
    {
        var catalog = Acme.Catalog.Replace("auth: client_secret", "auth: nothing", StringComparison.Ordinal);   // vscode is faulty, yet known
        var load = Acme.Load(("00.yaml", catalog), ("10.yaml", "rules: [\n"), ("20.yaml", Acme.PolicyHead + Change(Acme.Rule, "doc:read", "doc:raed")),
            ("30.yaml", Acme.PolicyHead + Change(Acme.Rule, "id: eng-read", "id: b\n    mood: good")));
        Assert.Equal(
            ["00.yaml WordUnknown", "10.yaml YamlSyntax", "20.yaml ScopeUnknown", "30.yaml FieldUnknown"],
            load.Diagnostics.Select(found => $"{found.File["policies/".Length..]} {found.Code}"));
    }

    [Fact]
    public void Does_not_call_names_unknown_when_the_catalogue_cannot_be_read()
    {
        var load = Acme.Load(("00.yaml", Acme.Catalog + "x: [\n"), ("10.yaml", Acme.PolicyHead + Acme.Rule));
        Assert.Equal(["YamlSyntax"], load.Diagnostics.Select(found => found.Code.ToString()));
    }
}
