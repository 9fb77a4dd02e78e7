using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Testing;
using IdJagBroker.Policies.Testing.Output;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Tests.Policies.Testing;

/// <summary>What is compared, each member alone, and what is counted.</summary>
public sealed class PolicyTestRunnerTests
{
    private const string Reads = "{subject: ana, client: claude, resource: wiki, scopes: [doc:read, doc:write]}";
    private const string Weak = "{subject: eve, client: claude, resource: wiki, scopes: [doc:read]}";
    private const string Trial = "{subject: ana, client: claude, resource: mail, scopes: [mail:read]}";
    private const string TrialDeny = "{subject: ana, client: claude, resource: code, scopes: [repo:read]}";

    private static PolicyTestResult Run(string ask, string expect) =>
        Assert.Single(TestTexts.Run(TestTexts.Document($"  - {{name: t, ask: {ask}, expect: {{{expect}}}}}\n")).Tests);

    [Theory]
    [InlineData(Reads, "outcome: allow, scopes: [doc:read], rules: [eng-read], lifetime: 2m")]
    [InlineData(Weak, "outcome: deny, reason: AUTH_TOO_WEAK, challenge: {error: insufficient_user_authentication, acr: [phr], amr: [hwk, mfa, pop], max_age: 3600}")]
    [InlineData(Trial, "outcome: deny, reason: NO_RULE_MATCHED, shadow: {outcome: allow, rules: [try-mail]}")]
    [InlineData(TrialDeny, "outcome: allow, shadow: {outcome: deny, reason: DENIED_BY_RULE, rules: [try-deny]}")]
    public void Passes_what_is_as_expected(string ask, string expect) => Assert.Equal([], Run(ask, expect).Mismatches);

    [Theory]
    [InlineData(Reads, "outcome: deny", "outcome", "deny", "allow doc:read")]
    [InlineData(Weak, "outcome: allow", "outcome", "allow", "deny AUTH_TOO_WEAK")]
    [InlineData(Weak, "outcome: deny, reason: AUTH_TOO_OLD", "reason", "AUTH_TOO_OLD", "AUTH_TOO_WEAK")]
    [InlineData(Reads, "outcome: allow, scopes: [doc:read, doc:write]", "scopes", "doc:read doc:write", "doc:read")]
    [InlineData(Reads, "outcome: allow, scopes: [doc:write]", "scopes", "doc:write", "doc:read")]
    [InlineData(Reads, "outcome: allow, rules: [eng-read, try-mail]", "rules", "eng-read try-mail", "eng-read")]
    [InlineData(Reads, "outcome: allow, rules: [try-mail]", "rules", "try-mail", "eng-read")]
    [InlineData(Weak, "outcome: deny, rules: [eng-read]", "rules", "eng-read", "nothing")]
    [InlineData(Reads, "outcome: allow, lifetime: 5m", "lifetime", "5m", "2m")]
    [InlineData(Trial, "outcome: deny, challenge: {error: insufficient_user_authentication}", "challenge.error", "insufficient_user_authentication", "nothing")]
    [InlineData(Weak, "outcome: deny, challenge: {acr: [phr, c1]}", "challenge.acr", "phr c1", "phr")]
    [InlineData(Weak, "outcome: deny, challenge: {amr: [mfa, pop]}", "challenge.amr", "mfa pop", "mfa pop hwk")]
    [InlineData(Weak, "outcome: deny, challenge: {max_age: 60}", "challenge.max_age", "60", "3600")]
    [InlineData(Trial, "outcome: deny, challenge: {max_age: 60}", "challenge.max_age", "60", "nothing")]
    [InlineData(Trial, "outcome: deny, shadow: {outcome: deny}", "shadow.outcome", "deny", "allow")]
    [InlineData(Reads, "outcome: allow, shadow: {outcome: allow}", "shadow.outcome", "allow", "no difference")]
    [InlineData(TrialDeny, "outcome: allow, shadow: {reason: AUTH_TOO_OLD}", "shadow.reason", "AUTH_TOO_OLD", "DENIED_BY_RULE")]
    [InlineData(Trial, "outcome: deny, shadow: {rules: [try-deny]}", "shadow.rules", "try-deny", "try-mail")]
    public void Fails_by_each_member_alone(string ask, string expect, string member, string expected, string got)
    {
        var result = Run(ask, expect);
        Assert.False(result.Passed);
        Assert.Equal(new Mismatch(member, expected, got), Assert.Single(result.Mismatches));
    }

    [Theory]
    [InlineData("acr: pwd", "acr: pwd", "phr|mfa pop hwk|3600")]
    [InlineData("acr: pwd", "acr: phr", "|mfa pop hwk|3600")]
    [InlineData("amr: [pwd], authAge: 2h", "amr: [mfa, hwk], authAge: 2m", "phr||")]
    [InlineData("acr: pwd, amr: [pwd]", "acr: phr, amr: [hwk]", "|mfa pop|3600")]
    [InlineData("acr: pwd, amr: [pwd], authAge: 2h", "acr: phr, amr: [pop], authAge: 1h", "|hwk|")]
    [InlineData("acr: pwd, amr: [pwd]", "acr: phr, amr: [mfa, hwk]", "||3600")]
    public void Asks_a_person_for_what_the_sign_in_lacks_and_no_more(string was, string becomes, string challenge)
    {
        var document = TestTexts.Document($"  - {{name: t, ask: {Weak}, expect: {{outcome: deny}}}}\n").Replace(was, becomes, StringComparison.Ordinal);
        var result = Assert.Single(TestTexts.Run(document).Tests);
        var asked = SignInChallenge.Of(result.Decision, result.Test.Ask.At(result.Test.Now))!;
        Assert.Equal(challenge, $"{string.Join(' ', asked.Acr)}|{string.Join(' ', asked.Amr)}|{asked.MaxAge}");
    }

    [Fact]
    public void Asks_for_no_sign_in_where_something_else_is_wanting_as_well()
    {
        var result = Assert.Single(TestTexts.Run(
            TestTexts.Document($"  - {{name: t, ask: {Weak}, expect: {{outcome: deny, reason: DPOP_REQUIRED}}}}\n"), TestTexts.Rules.Replace("require: {auth", "require: {dpop: true, auth", StringComparison.Ordinal)).Tests);
        Assert.True(result.Passed);
        Assert.Null(SignInChallenge.Of(result.Decision, result.Test.Ask.At(result.Test.Now)));
    }

    [Fact]
    public void Shows_the_rules_that_tell_why()
    {
        static string Near(string ask, string expect) => string.Join("; ", Run(ask, expect).Near.Select(rule => $"{rule.Id} {string.Join(' ', rule.Unmet.Select(unmet => unmet.Path))}".TrimEnd()));
        Assert.Equal("", Near(Reads, "outcome: allow"));
        Assert.Equal("eng-read", Near(Reads, "outcome: deny"));
        Assert.Equal("eng-read require.auth.acrAnyOf require.auth.amrAnyOf require.auth.amrAllOf require.auth.maxAge", Near(Weak, "outcome: allow"));
        Assert.Equal("eng-read who.groups require.auth.acrAnyOf require.auth.amrAnyOf require.auth.amrAllOf require.auth.maxAge", Near(Weak.Replace("eve", "bob", StringComparison.Ordinal), "outcome: allow"));
        Assert.Equal("eng-read grant; try-mail", Near(Trial, "outcome: deny, rules: [eng-read]"));
    }

    [Fact]
    public void Shows_of_the_rules_that_came_near_the_three_nearest()
    {
        var rules = string.Concat(Enumerable.Range(1, 5).Select(i => $"  - {{id: r{i}, effect: allow, why: w, who: {{groups: {{allOf: [ctr{(i % 2 is 0 ? ", fin" : "")}]}}}}, client: {{ids: [{(i is 1 ? "vscode" : "claude")}]}}, grant: {{wiki: [doc:read]}}}}\n"));
        var result = Assert.Single(TestTexts.Run(TestTexts.Document(), rules).Tests);
        Assert.Equal("r2 r3 r4", string.Join(' ', result.Near.Select(rule => rule.Id)));
    }

    [Fact]
    public void Counts_rules_that_made_a_difference_in_a_test()
    {
        static string Covered(string tests, string rules = TestTexts.Rules) => TestTexts.Run(TestTexts.Document(tests), rules).Coverage is var coverage
            ? $"{string.Join(' ', coverage.Rules.Where(rule => coverage.Tests.ContainsKey(rule.Id)).Select(rule => $"{rule.Id}:{coverage.Tests[rule.Id]}"))} of {coverage.Rules.Length}" : "";
        static string Test(string name, string ask, string outcome) => $"  - {{name: {name}, ask: {ask}, expect: {{outcome: {outcome}}}}}\n";
        Assert.Equal(" of 3", Covered(Test("t", Weak, "deny")));
        Assert.Equal("eng-read:2 of 3", Covered(Test("t", Reads, "allow") + Test("u", Reads, "deny")));
        // In force, it would have given on trial too: that is no more than it does.
        Assert.Equal("eng-read:1 try-deny:1 of 3", Covered(Test("t", TrialDeny, "allow")));
        Assert.Equal("try-mail:1 of 3", Covered(Test("t", Trial, "deny")));
        // What takes a scope away makes a difference even where another is granted.
        const string strips = "  - {id: no-write, effect: deny, why: w, target: {resources: [wiki]}, scopes: [doc:write]}\n  - {id: not-this, effect: deny, why: w, who: {groups: {anyOf: [ctr]}}, scopes: [doc:write]}\n";
        Assert.Equal("eng-read:1 no-write:1 of 5", Covered(Test("t", Reads, "allow"), TestTexts.Rules + strips));
        Assert.Equal("eng-read:1 of 5", Covered(Test("t", Reads.Replace(", doc:write", "", StringComparison.Ordinal), "allow"), TestTexts.Rules + strips));
    }

    [Theory]
    [InlineData(0, 0, 100, true), InlineData(11, 11, 100, true), InlineData(10, 11, 100, false), InlineData(10, 11, 90, true), InlineData(10, 11, 91, false), InlineData(0, 11, 0, true)]
    public void Compares_coverage_without_rounding(int covered, int total, int percent, bool enough)
    {
        var rules = Acme.Snapshot(string.Concat(Enumerable.Range(0, Math.Max(total, 1)).Select(i => Acme.Rule.Replace("eng-read", $"r{i}", StringComparison.Ordinal)))).Rules;
        var coverage = new RuleCoverage([.. rules.Take(total)], System.Collections.Frozen.FrozenDictionary.ToFrozenDictionary(rules.Take(covered), rule => rule.Id, _ => 1));
        Assert.Equal(enough, coverage.IsAtLeast(percent));
    }

    [Fact]
    public void Runs_only_what_has_the_word_in_its_name()
    {
        var document = TestTexts.Document(TestTexts.Test + TestTexts.Test.Replace("name: reads", "name: Reads more", StringComparison.Ordinal), TestTexts.Invariant);
        Assert.Equal("reads Reads more sealed", Names(null));
        Assert.Equal("reads Reads more", Names("READS"));
        Assert.Equal("sealed", Names("seal"));
        Assert.Equal("", Names("nothing"));
        Assert.Equal("no test or invariant has 'nothing' in its name", Assert.Single(TestTexts.Run(document, part: "nothing").Faults));
        Assert.False(TestTexts.Run(document, part: "nothing").Passed);

        string Names(string? part) => TestTexts.Run(document, part: part) is var report ? string.Join(' ', report.Tests.Select(test => test.Test.Name).Concat(report.Invariants.Select(invariant => invariant.Invariant.Name))) : "";
    }

    [Fact]
    public void The_shipped_policies_pass_all_their_tests_and_every_rule_is_covered()
    {
        var load = PolicyFiles.LoadTests(PolicyFolderFixture.Shipped(), allowLoopbackHttp: false);
        Assert.Equal("", PolicyDiagnosticText.Render(load.Diagnostics));
        var report = PolicyTestRunner.Run(load.Snapshot!, load.Documents) with { MinCoverage = 100 };
        Assert.True(report.Passed, new TreeText(coloured: false).Render(report, withCoverage: true));
        Assert.Equal((21, 11, 11, 3), (report.Tests.Count(), report.Coverage.Covered, report.Coverage.Rules.Length, report.Invariants.Count()));
        Assert.All(report.Invariants, invariant => Assert.Equal((1408L, 0), (invariant.Result.Classes, invariant.Result.Violations.Count)));
    }

    [Fact]
    public void A_test_of_the_shipped_policies_fails_when_its_rule_is_broken()
    {
        using var folder = new PolicyFolderFixture();
        foreach (var file in Directory.GetFiles(PolicyFolderFixture.Shipped()))
            folder.With(Path.GetFileName(file), File.ReadAllText(file).Replace("noneOf: [contractors]", "noneOf: [support]", StringComparison.Ordinal));
        var load = PolicyFiles.LoadTests(folder.Root, allowLoopbackHttp: false);
        var report = PolicyTestRunner.Run(load.Snapshot!, load.Documents);
        Assert.Equal("contractor engineer cannot write", Assert.Single(report.Tests, test => !test.Passed).Test.Name);
    }
}
