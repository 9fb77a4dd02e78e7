using System.Net;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Testing;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Tests.Policies.Testing;

/// <summary><c>kind: Tests</c>: each field read when right, refused at its place when wrong, alone.</summary>
public sealed class TestDocumentParserTests
{
    private static void Refuses(string document, string marked, string code, string? message = null)
    {
        var load = TestTexts.Load(document);
        DiagnosticAssert.One(new PolicyLoad(load.Snapshot, load.Diagnostics), document, marked, Enum.Parse<PolicyDiagnosticCode>(code), message);
    }

    private static string Change(string text, string was, string becomes)
    {
        Assert.Contains(was, text, StringComparison.Ordinal);
        return text.Replace(was, becomes, StringComparison.Ordinal);
    }

    private static PolicyTest One(string document)
    {
        var load = TestTexts.Load(document);
        Assert.Equal("", PolicyDiagnosticText.Render(load.Diagnostics));
        return Assert.Single(Assert.Single(load.Documents).Tests);
    }

    [Fact]
    public void Reads_a_test()
    {
        var test = One(TestTexts.Document(
            "  - {name: all of it, now: 2026-12-01T01:00:00+01:00, live: true, ask: {subject: ana, client: claude, resource: [wiki, code], scopes: [doc:read, admin], ip: 203.0.113.7, dpop: true, resourceNamed: false},"
            + " expect: {outcome: deny, reason: AUTH_TOO_OLD, rules: [eng-read], challenge: {error: insufficient_user_authentication, acr: [phr], amr: [mfa], max_age: 3600}, shadow: {outcome: deny, reason: DENIED_BY_RULE, rules: [try-deny]}}}\n"));
        Assert.Equal(("all of it", "policies/all_test.yaml", 10, true, new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero)), (test.Name, test.At.Source.DisplayName, test.At.Line, test.Live, test.Now));
        var input = test.Ask.At(test.Now);
        Assert.Equal(("okta|00u-ana", "okta", "claude", "wiki code", "doc:read admin"), (input.Subject, input.Idp, input.ClientAlias, string.Join(' ', input.ResourceAliases), input.Scope.ToString()));
        Assert.Equal((IPNetwork.Parse("203.0.113.7/32"), true, false, TimeSpan.FromMinutes(10)), (input.Network!.Value, input.Dpop, input.ResourceNamed, input.SignInAge!.Value));
        Assert.Equal("eng|phr|hwk mfa", $"{string.Join(' ', input.Groups)}|{string.Join(' ', input.Acr)}|{string.Join(' ', input.Amr)}");
        Assert.True(input.GroupsComplete);
        var expect = test.Expect;
        Assert.Equal((false, PolicyReason.AuthTooOld, "eng-read"), (expect.Allowed, expect.Reason!.Value, string.Join(' ', expect.Rules!.Value)));
        Assert.Equal(("insufficient_user_authentication", "phr", "mfa", 3600L), (expect.Challenge!.Error, expect.Challenge.Acr!.Value.Single(), expect.Challenge.Amr!.Value.Single(), expect.Challenge.MaxAge!.Value));
        Assert.Equal((false, PolicyReason.DeniedByRule, "try-deny"), (expect.Shadow!.Allowed!.Value, expect.Shadow.Reason!.Value, expect.Shadow.Rules!.Value.Single()));
    }

    [Fact]
    public void Reads_what_an_expectation_says_of_a_grant_and_leaves_the_rest_open()
    {
        var test = One(TestTexts.Document(Change(TestTexts.Test, "{outcome: allow}", "{outcome: allow, scopes: [doc:read], lifetime: 2m}")));
        Assert.Equal(("doc:read", TimeSpan.FromMinutes(2)), (test.Expect.Scopes!.ToString(), test.Expect.Lifetime!.Value));
        Assert.True(test.Expect is { Reason: null, Rules: null, Challenge: null, Shadow: null });
        var input = test.Ask.At(test.Now);
        Assert.Equal((false, true, false), (test.Live, input.ResourceNamed, input.Dpop));
        Assert.Null(input.Network);
    }

    [Fact]
    public void Reads_people_as_their_provider_could_state_them()
    {
        static PolicyInput Of(string subject) => One(Change(TestTexts.Document(), "  bob: {sub: \"okta|00u-bob\"}", $"  bob: {subject}").Replace("subject: ana", "subject: bob", StringComparison.Ordinal)) is var test ? test.Ask.At(test.Now) : null!;
        var anybody = Of("{idp: entra, groups: [staff], tenant: t1, acr: [a, b]}");
        Assert.Equal("entra t1 staff a b", $"{anybody.Idp} {anybody.Tenant} {string.Join(' ', anybody.Groups)} {string.Join(' ', anybody.Acr)}");
        Assert.True(anybody is { Subject: null, SignInAge: null });
        Assert.False(Of("{sub: \"okta|x\", overage: true}").GroupsComplete);
        var claims = Of("{sub: \"okta|x\", idp: okta, claims: {dept: [hr, it], managed: true}}").Claims;
        Assert.Equal("hr it|true", $"{string.Join(' ', claims["dept"])}|{string.Join(' ', claims["managed"])}");
    }

    [Fact]
    public void Reads_invariants()
    {
        var load = TestTexts.Load(TestTexts.Document("", TestTexts.Invariant
            + "  - {name: others, never: {who: {noGroups: [fin], subjects: [\"okta|x\"]}, client: {notIds: [vscode], trust: [vendor]}, target: {tags: [prod, work]}}}\n  - {name: short, always: {lifetimeAtMost: 2m}}\n"));
        Assert.Equal("", PolicyDiagnosticText.Render(load.Diagnostics));
        var (first, second, third) = Assert.Single(load.Documents).Invariants is [var a, var b, var c] ? (a, b, c) : throw new InvalidOperationException();
        Assert.Equal(("sealed", 10, "ctr", "any of claude", "any of code", "*:write"), (first.Name, first.At.Line, first.Never!.Groups!.Single(), first.Never.Clients!.Ids!.ToString(), first.Never.Target!.Resources!.ToString(), first.Never.Scopes.Single().Text));
        Assert.Equal(("fin", "okta|x", "none of vscode", "any of vendor", "any of prod work"), (second.Never!.NoGroups!.Single(), second.Never.Subjects!.Single(), second.Never.Clients!.Ids!.ToString(), second.Never.Clients.Trust!.ToString(), second.Never.Target!.Tags!.ToString()));
        Assert.Null(third.Never);
        Assert.Equal(TimeSpan.FromMinutes(2), third.LifetimeAtMost);
    }

    [Theory]
    [InlineData("metadata: {name: acme}", "metadata: {owner: x}", "{owner", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("metadata: {name: acme}", "metadata: {name: acme, nmae: x}", "nmae", nameof(PolicyDiagnosticCode.FieldUnknown), "did you mean 'name'?")]
    [InlineData("tests:\n", "test:\n", "apiVersion", nameof(PolicyDiagnosticCode.FieldMissing), null, 2)]
    [InlineData("now: 2026-11-18T09:00:00Z", "now: yesterday", "yesterday", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("now: 2026-11-18T09:00:00Z", "# no time", "{name: reads", nameof(PolicyDiagnosticCode.FieldMissing), "'now' is missing")]
    [InlineData("name: reads, ", "", "{ask", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("name: reads, ", "name: reads, expekt: x, ", "expekt", nameof(PolicyDiagnosticCode.FieldUnknown), "did you mean 'expect'?")]
    [InlineData("name: reads, ", "name: reads, live: perhaps, ", "perhaps", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("name: reads, ", "name: reads, now: noon, ", "noon", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("subject: ana", "subject: anna", "anna", nameof(PolicyDiagnosticCode.SubjectUnknown), "did you mean 'ana'?")]
    [InlineData("client: claude", "client: claud", "claud,", nameof(PolicyDiagnosticCode.ClientUnknown), "did you mean 'claude'?")]
    [InlineData("client: claude, ", "", "{subject", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("resource: wiki", "resource: wikki", "wikki", nameof(PolicyDiagnosticCode.ResourceUnknown), "did you mean 'wiki'?")]
    [InlineData("resource: wiki", "resource: [wiki, wiki]", "wiki]", nameof(PolicyDiagnosticCode.ValueDuplicate))]
    [InlineData("resource: wiki", "resource: []", "[]", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("[doc:read]", "[doc:raed]", "doc:raed", nameof(PolicyDiagnosticCode.ScopeUnknown), "is not a scope of wiki (did you mean 'doc:read'?)")]
    [InlineData("[doc:read]", "[repo:read]", "repo:read", nameof(PolicyDiagnosticCode.ScopeUnknown), "is not a scope of wiki")]
    [InlineData(", scopes: [doc:read]", "", "{subject", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("[doc:read]", "[doc:read], ip: 10.1.1", "10.1.1", nameof(PolicyDiagnosticCode.NetworkInvalid))]
    [InlineData("[doc:read]", "[doc:read], ip: 203.0.113.0/24", "203.0", nameof(PolicyDiagnosticCode.NetworkInvalid))]
    [InlineData("[doc:read]", "[doc:read], ip: \"::ffff:203.0.113.7\"", "\"::ffff", nameof(PolicyDiagnosticCode.NetworkInvalid))]
    [InlineData("[doc:read]", "[doc:read], dpop: yes", "yes", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("[doc:read]", "[doc:read], resourceNamed: no", "no}", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("[doc:read]", "[doc:read], audience: x", "audience", nameof(PolicyDiagnosticCode.FieldUnknown))]
    [InlineData("{outcome: allow}", "{outcome: grant}", "grant", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("{outcome: allow}", "{rules: [eng-read]}", "{rules", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("{outcome: allow}", "{outcome: allow, outcom: x}", "outcom:", nameof(PolicyDiagnosticCode.FieldUnknown), "did you mean 'outcome'?")]
    [InlineData("{outcome: allow}", "{outcome: allow, reason: NO_RULE_MATCHED}", "reason", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("{outcome: allow}", "{outcome: allow, challenge: {max_age: 1}}", "challenge", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("{outcome: allow}", "{outcome: deny, scopes: [doc:read]}", "scopes: [doc:read]}}", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("{outcome: allow}", "{outcome: deny, lifetime: 2m}", "lifetime", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("{outcome: allow}", "{outcome: deny, reason: NO_RULE_MATCH}", "NO_RULE", nameof(PolicyDiagnosticCode.WordUnknown), "did you mean 'NO_RULE_MATCHED'?")]
    [InlineData("{outcome: allow}", "{outcome: deny, reason: ALLOWED}", "ALLOWED", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("{outcome: allow}", "{outcome: allow, rules: [eng-raed]}", "eng-raed", nameof(PolicyDiagnosticCode.RuleUnknown), "did you mean 'eng-read'?")]
    [InlineData("{outcome: allow}", "{outcome: allow, scopes: [doc:write]}", "doc:write", nameof(PolicyDiagnosticCode.ValueInvalid), "is not asked for")]
    [InlineData("{outcome: allow}", "{outcome: allow, scopes: [doc:rea]}", "doc:rea]", nameof(PolicyDiagnosticCode.ScopeUnknown), "did you mean 'doc:read'?")]
    [InlineData("{outcome: allow}", "{outcome: allow, lifetime: 11m}", "11m", nameof(PolicyDiagnosticCode.DurationOutOfRange))]
    [InlineData("{outcome: allow}", "{outcome: deny, challenge: {}}", "{}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("{outcome: allow}", "{outcome: deny, challenge: {error: access_denied}}", "access_denied", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("{outcome: allow}", "{outcome: deny, challenge: {max_age: 1h}}", "1h", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("{outcome: allow}", "{outcome: deny, challenge: {acr: phr}}", "phr}", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("{outcome: allow}", "{outcome: deny, challenge: {maxAge: 60}}", "maxAge", nameof(PolicyDiagnosticCode.FieldUnknown), "did you mean 'max_age'?")]
    [InlineData("{outcome: allow}", "{outcome: allow, shadow: {}}", "{}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("{outcome: allow}", "{outcome: allow, shadow: {outcome: allow, reason: AUTH_TOO_OLD}}", "reason", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("{outcome: allow}", "{outcome: allow, shadow: {rules: [try-male]}}", "try-male", nameof(PolicyDiagnosticCode.RuleUnknown), "did you mean 'try-mail'?")]
    [InlineData("{sub: \"okta|00u-bob\"}", "{groups: [eng]}", "bob", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("{sub: \"okta|00u-bob\"}", "{sub: 00u-bob, groups: [eng]}", "00u-bob", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("{sub: \"okta|00u-bob\"}", "{sub: \"octa|00u-bob\"}", "\"octa", nameof(PolicyDiagnosticCode.IdpUnknown), "did you mean 'okta'?")]
    [InlineData("{sub: \"okta|00u-bob\"}", "{sub: \"okta|00u-bob\", idp: entra}", "entra}", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("{sub: \"okta|00u-bob\"}", "{idp: octa, groups: [eng]}", "octa", nameof(PolicyDiagnosticCode.IdpUnknown))]
    [InlineData("{sub: \"okta|00u-bob\"}", "{sub: \"okta|00u-bob\", groups: [egn]}", "egn", nameof(PolicyDiagnosticCode.GroupUnknown), "did you mean 'eng'?")]
    [InlineData("{sub: \"okta|00u-bob\"}", "{sub: \"okta|00u-bob\", groups: [staff]}", "staff", nameof(PolicyDiagnosticCode.ValueInvalid), "is a group of entra")]
    [InlineData("{sub: \"okta|00u-bob\"}", "{sub: \"okta|00u-bob\", overage: true, groups: [eng]}", "groups: [eng]}\ntests", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("{sub: \"okta|00u-bob\"}", "{sub: \"okta|00u-bob\", claims: {depp: hr}}", "depp", nameof(PolicyDiagnosticCode.ClaimUnlisted), "did you mean 'dept'?")]
    [InlineData("{sub: \"okta|00u-bob\"}", "{sub: \"okta|00u-bob\", acr: 7}", "7}", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("{sub: \"okta|00u-bob\"}", "{sub: \"okta|00u-bob\", authAge: old}", "old", nameof(PolicyDiagnosticCode.DurationInvalid))]
    [InlineData("{sub: \"okta|00u-bob\"}", "{sub: \"okta|00u-bob\", gruops: [eng]}", "gruops", nameof(PolicyDiagnosticCode.FieldUnknown), "did you mean 'groups'?")]
    [InlineData("bob:", "7bob:", "7bob", nameof(PolicyDiagnosticCode.AliasInvalid))]
    public void Refuses_in_a_test(string was, string becomes, string marked, string code, string? message = null, int others = 1)
    {
        var document = Change(TestTexts.Document(), was, becomes);
        if (others is 1) Refuses(document, marked, code, message);
        else Assert.Contains(TestTexts.Load(document).Diagnostics, problem => problem.Code.ToString() == code);       // and what follows from it
    }

    [Fact]
    public void Refuses_two_tests_of_one_name() =>
        Refuses(TestTexts.Document(TestTexts.Test + "  - {name: \"reads\", ask: {subject: ana, client: claude, resource: wiki, scopes: [doc:read]}, expect: {outcome: allow}}\n"), "\"reads\"", nameof(PolicyDiagnosticCode.ValueDuplicate), "already the name on line 10");

    [Theory]
    [InlineData("never:", "nevr:", "{name: sealed", nameof(PolicyDiagnosticCode.FieldMissing), 2)]
    [InlineData("{name: sealed, ", "{name: sealed, always: {lifetimeAtMost: 2m}, ", "always", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("{name: sealed, never", "{name: sealed, fer: x, never", "fer", nameof(PolicyDiagnosticCode.FieldUnknown))]
    [InlineData("{who: {groups: [ctr]}, client: {ids: [claude]}, target: {resources: [code]}, scopes: [\"*:write\"]}", "{}", "{}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("{groups: [ctr]}", "{}", "{}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("{groups: [ctr]}", "{everyone: true}", "everyone", nameof(PolicyDiagnosticCode.FieldUnknown))]
    [InlineData("[ctr]", "[crt]", "crt", nameof(PolicyDiagnosticCode.GroupUnknown))]
    [InlineData("[ctr]", "{anyOf: [ctr]}", "{anyOf", nameof(PolicyDiagnosticCode.TypeWrong))]
    [InlineData("[ctr]", "[ctr, staff]", "[ctr, staff]", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("{groups: [ctr]}", "{groups: [eng, ctr], noGroups: [ctr]}", "[eng, ctr]", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("{groups: [ctr]}", "{subjects: [nobody]}", "nobody", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("{ids: [claude]}", "{}", "{}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("{ids: [claude]}", "{auth: [client_secret]}", "auth:", nameof(PolicyDiagnosticCode.FieldUnknown))]
    [InlineData("{ids: [claude]}", "{notIds: [claud]}", "claud]", nameof(PolicyDiagnosticCode.ClientUnknown))]
    [InlineData("{ids: [claude]}", "{trust: [vender]}", "vender", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("{resources: [code]}", "{}", "{}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("{resources: [code]}", "{tags: [pord]}", "pord", nameof(PolicyDiagnosticCode.TagUnknown))]
    [InlineData("{resources: [code]}", "{resources: [cod]}", "cod]", nameof(PolicyDiagnosticCode.ResourceUnknown))]
    [InlineData("*:write", "re*po", "\"re*po", nameof(PolicyDiagnosticCode.PatternInvalid))]
    [InlineData("\"*:write\"", "repo:raed", "repo:raed", nameof(PolicyDiagnosticCode.ScopeUnknown))]
    public void Refuses_in_an_invariant(string was, string becomes, string marked, string code, int others = 1)
    {
        var document = Change(TestTexts.Document("", TestTexts.Invariant), was, becomes);
        if (others is 1) Refuses(document, marked, code);
        else Assert.Contains(TestTexts.Load(document).Diagnostics, problem => problem.Code.ToString() == code);
    }

    [Theory]
    [InlineData("{}", "{}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("{lifetimeAtMost: 5h}", "5h", nameof(PolicyDiagnosticCode.DurationOutOfRange))]
    [InlineData("{lifetimeAtMost: 5m, dpop: true}", "dpop", nameof(PolicyDiagnosticCode.FieldUnknown))]
    public void Refuses_in_always(string always, string marked, string code) =>
        Refuses(TestTexts.Document("", $"  - {{name: short, always: {always}}}\n"), marked, code);

    [Fact]
    public void Refuses_an_invariant_named_as_a_test() =>
        Refuses(TestTexts.Document(TestTexts.Test, TestTexts.Invariant.Replace("sealed", "\"reads\"", StringComparison.Ordinal)), "\"reads\"", nameof(PolicyDiagnosticCode.ValueDuplicate));

    [Fact]
    public void Warns_of_an_invariant_whose_pattern_matches_nothing()
    {
        var load = TestTexts.Load(TestTexts.Document("", Change(TestTexts.Invariant, "*:write", "doc:*")));
        Assert.Equal((PolicyDiagnosticCode.PatternMatchesNothing, 10), (Assert.Single(load.Diagnostics).Code, load.Diagnostics[0].Line));
        Assert.NotNull(load.Snapshot);
    }

    [Fact]
    public void Says_what_is_wrong_with_rules_and_tests_at_once_and_calls_nothing_unknown_without_a_catalogue()
    {
        var document = Change(TestTexts.Document(), "{outcome: allow}", "{outcome: grant}");
        Assert.Equal([PolicyDiagnosticCode.WordUnknown, PolicyDiagnosticCode.WordUnknown, PolicyDiagnosticCode.WordUnknown], TestTexts.Load(document, Change(TestTexts.Rules, "effect: allow", "effect: grant")).Diagnostics.Select(problem => problem.Code));
        Assert.Equal([PolicyDiagnosticCode.YamlSyntax], TestTexts.Load(TestTexts.Document(), catalog: "kind: [").Diagnostics.Select(problem => problem.Code));
    }
}
