using IdJagBroker.Policies;
using IdJagBroker.Policies.Analysis;
using IdJagBroker.Policies.Linting;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Tests.Policies.Linting;

/// <summary>What is worth a look: each found at its place, and not found where there is nothing.</summary>
public sealed class PolicyLintTests
{
    private static IReadOnlyList<PolicyDiagnostic> Lint(PolicySnapshot snapshot, DateTimeOffset? now = null)
    {
        var problems = new PolicyDiagnostics();
        PolicyLint.Check(snapshot, now ?? Acme.Now, problems);
        return problems.Sorted();
    }

    private static void Warns(string rules, string marked, PolicyDiagnosticCode code, string message, string? catalog = null)
    {
        var found = Assert.Single(Lint(Acme.Snapshot(rules, catalog)), one => one.Code == code);
        Assert.Equal((PolicySeverity.Warning, message), (found.Severity, found.Message));
        var line = (Acme.PolicyHead + rules).Split('\n')[found.Line - 1];
        Assert.Equal((line, marked), (found.SourceLine, line.Substring(found.Column - 1, found.Length)));
        Assert.Equal("policies/10-rules.yaml", found.File);
    }

    private static void IsQuiet(string rules, string? catalog = null) => Assert.Empty(PolicyDiagnosticText.Render(Lint(Acme.Snapshot(rules, catalog))));

    private static string Until(string time, string rule = Acme.Rule) => rule + $"    validity: {{until: {time}}}\n";

    private const string Deny = "  - {why: w, id: no, effect: deny, who: {groups: {anyOf: [eng]}}, target: {resources: [wiki, code]}}\n";

    [Fact]
    public void Is_quiet_about_good_rules() => IsQuiet(Acme.Rule);

    [Theory]
    [InlineData("2026-12-18T09:00:00Z", "30 days")]
    [InlineData("2026-12-02T08:59:59Z", "13 days")]
    [InlineData("2026-11-20T08:59:59Z", "1 day")]
    [InlineData("2026-11-19T08:59:59Z", "23 hours")]
    [InlineData("2026-11-18T10:00:00Z", "1 hour")]
    [InlineData("2026-11-18T09:00:01Z", "1 minute")]
    public void Warns_of_a_rule_that_ends_soon(string until, string left) =>
        Warns(Until(until), "eng-read", PolicyDiagnosticCode.ExpiresSoon, $"eng-read ends in {left} (owner iam@acme.example)");

    [Fact]
    public void Warns_of_a_deny_rule_that_ends_soon_and_of_one_on_trial()
    {
        Warns(Deny[..^2] + ", validity: {until: 2026-11-19T09:00:00Z}}\n", "no", PolicyDiagnosticCode.ExpiresSoon, "no ends in 1 day (owner iam@acme.example)");
        Warns(Until("2026-11-19T09:00:00Z", Acme.Rule + "    mode: shadow\n"), "eng-read", PolicyDiagnosticCode.ExpiresSoon, "eng-read ends in 1 day (owner iam@acme.example)");
    }

    [Theory]
    [InlineData("2026-11-18T09:00:00Z", "2026-11-18")]
    [InlineData("2020-02-29T23:59:59Z", "2020-02-29")]
    public void Warns_of_a_rule_that_has_ended(string until, string day) =>
        Warns(Until(until), "eng-read", PolicyDiagnosticCode.RuleExpired, $"eng-read ended on {day} (owner iam@acme.example); take it out, or give it a later end");

    [Theory]
    [InlineData("", true)]
    [InlineData(", dpop: none", true)]
    [InlineData(", dpop: optional", false)]
    [InlineData(", dpop: required", false)]
    public void Warns_of_a_public_client_that_binds_nothing_to_a_key(string dpop, bool warns)
    {
        var catalog = Acme.Catalog.Replace("groupsClaim: groups}", "groupsClaim: groups, signIn: {clientId: x}}", StringComparison.Ordinal)
            .Replace("auth: client_secret}", "auth: none" + dpop + ", signIn: {redirectUris: [\"http://127.0.0.1/cb\"]}}", StringComparison.Ordinal);
        var found = Lint(Acme.Snapshot(Acme.Rule, catalog));
        Assert.Equal(warns ? 1 : 0, found.Count);
        if (!warns) return;
        Assert.Equal((PolicySeverity.Warning, PolicyDiagnosticCode.PublicClientUnbound, "vscode is a public client without dpop: required; what is stolen from it can be used by anybody"),
            (found[0].Severity, found[0].Code, found[0].Message));
        Assert.Equal(("policies/00-catalog.yaml", "auth"), (found[0].File, found[0].SourceLine!.Substring(found[0].Column - 1, found[0].Length)));
    }

    [Fact]
    public void Says_nothing_of_a_rule_that_ends_later_or_never() => IsQuiet(Until("2026-12-18T09:00:01Z"));

    [Fact]
    public void Warns_of_a_rule_for_everybody_and_of_one_for_every_client()
    {
        Warns(Acme.Rule.Replace("groups: {anyOf: [eng]}", "everyone: true", StringComparison.Ordinal), "everyone", PolicyDiagnosticCode.CatchAll, "eng-read gives to everybody whom an identity provider vouches for");
        Warns(Acme.Rule.Replace("ids: [claude, vscode]", "every: true", StringComparison.Ordinal), "every", PolicyDiagnosticCode.CatchAll, "eng-read gives to every client, also to those that are added later");
        IsQuiet(Acme.Rule + "  - {id: stop, effect: deny, why: w, who: {everyone: true}, client: {every: true}, target: {resources: [mail]}}\n");
    }

    [Theory]
    [InlineData("[claude, vscode]")]
    [InlineData("{anyOf: [claude, vscode]}")]
    public void Warns_of_a_client_that_has_no_id_where_a_rule_grants(string ids)
    {
        var catalog = Acme.Catalog.Replace(", vscode: ac-vs", "", StringComparison.Ordinal);
        Warns(Acme.Rule.Replace("[claude, vscode]", ids, StringComparison.Ordinal), "vscode", PolicyDiagnosticCode.ClientNotAtAs, "vscode has no client id at acme: eng-read gives it nothing there", catalog);
    }

    [Fact]
    public void Knows_that_a_client_may_have_the_same_id_everywhere() => IsQuiet(Acme.Rule, Acme.Catalog
        .Replace("{clientIds: [id-claude], auth: private_key_jwt}", "{registration: metadata_document, documents: [\"https://claude.example/client\"], auth: private_key_jwt}", StringComparison.Ordinal)
        .Replace("claude: ac-cl", "claude: {sameAsHere: true}", StringComparison.Ordinal));

    [Theory]
    [InlineData("", "", "no refuses all of it")]
    [InlineData("who: {groups: {anyOf: [eng]}}, ", "", "no refuses all of it")]
    [InlineData("target: {resources: [wiki, code]}", "scopes: [\"*:read\"]", "no refuses all of it")]
    [InlineData("target: {resources: [wiki, code]}", "target: {resources: [wiki]}}\n  - {id: not, effect: deny, why: w, target: {resources: [code]}", "no, not refuse all of it")]
    public void Warns_of_a_rule_that_deny_rules_overrule_altogether(string was, string becomes, string why) =>
        Warns(Acme.Rule + (was.Length is 0 ? Deny : Deny.Replace(was, becomes, StringComparison.Ordinal)), "eng-read", PolicyDiagnosticCode.RuleDead, "nobody gets anything by eng-read: " + why);

    [Theory]
    [InlineData("groups: {anyOf: [eng]}", "groups: {anyOf: [eng], noneOf: [eng]}", "there can be nobody whom it is for")]
    [InlineData("ids: [claude, vscode]", "ids: [claude, vscode], auth: {noneOf: [private_key_jwt, client_secret]}", "none of its clients can be granted anything there")]
    public void Warns_of_a_rule_that_is_about_nobody(string was, string becomes, string why) =>
        Warns(Acme.Rule.Replace(was, becomes, StringComparison.Ordinal), "eng-read", PolicyDiagnosticCode.RuleDead, "nobody gets anything by eng-read: " + why);

    [Fact]
    public void Warns_of_a_rule_at_a_server_where_no_client_has_an_id() =>
        Warns(Acme.Rule.Replace("{wiki: [doc:read], code: [repo:read]}", "{mail: [mail:read]}", StringComparison.Ordinal).Replace("[claude, vscode]", "{noneOf: [vscode]}", StringComparison.Ordinal),
            "eng-read", PolicyDiagnosticCode.RuleDead, "nobody gets anything by eng-read: none of its clients can be granted anything there");

    [Theory]
    [InlineData("who: {groups: {anyOf: [eng]}}", "who: {groups: {allOf: [eng, ctr]}}")]         // engineers who are no contractors
    [InlineData("[wiki, code]", "[wiki]")]
    [InlineData("who:", "client: {ids: [claude]}, who:")]
    [InlineData("target:", "unless: {dpop: true}, target:")]
    [InlineData("target:", "validity: {until: 2030-01-01T00:00:00Z}, target:")]
    [InlineData("effect: deny", "effect: deny, mode: shadow")]
    [InlineData("target:", "scopes: [\"*:write\"], target:")]
    public void Says_nothing_where_somebody_gets_something(string was, string becomes) => IsQuiet(Acme.Rule + Deny.Replace(was, becomes, StringComparison.Ordinal));

    [Fact]
    public void Does_not_call_a_rule_on_trial_or_one_that_has_ended_dead_as_well()
    {
        IsQuiet(Acme.Rule + "    mode: shadow\n" + Deny);
        Assert.Equal(["RuleExpired"], Lint(Acme.Snapshot(Until("2020-01-01T00:00:00Z") + Deny)).Select(found => found.Code.ToString()));
    }

    [Fact]
    public void Calls_those_rules_dead_by_which_the_matrix_shows_nobody()
    {
        var random = new Random(20261128);
        var (dead, alive) = (0, 0);
        for (var i = 0; i < 400; i++)
        {
            var snapshot = new PolicySnapshot(RandomPolicy.Catalog, RandomPolicy.Rules(random), PolicySnapshot.DefaultCeiling, $"r{i}");
            var ways = AccessMatrix.Of(snapshot).Cells.SelectMany(cell => cell.Scopes).SelectMany(scope => scope.Ways).Select(way => way.Rule).ToHashSet();
            var lint = new DeadRules(snapshot);
            foreach (var rule in snapshot.Rules.Where(rule => rule is { Effect: PolicyEffect.Allow, Mode: PolicyMode.Enforce }))
            {
                Assert.Equal(ways.Contains(rule.Id), lint.WhyNobody(rule) is null);
                _ = ways.Contains(rule.Id) ? alive++ : dead++;
            }
        }
        Assert.True(dead > 50 && alive > 50, $"{dead} dead, {alive} alive");
    }
}
