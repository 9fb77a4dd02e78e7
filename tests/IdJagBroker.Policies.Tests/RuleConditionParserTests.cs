using IdJagBroker.Policies;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Tests.Policies;

/// <summary>The conditions of rules as they are written, and what is said of those that are not.</summary>
public sealed class RuleConditionParserTests
{
    private const string Deny = "  - {id: no, effect: deny, why: w, who: {everyone: true}, XX}\n";

    private static readonly string Claims = Acme.Catalog.Replace("groupsClaim: groups}", "groupsClaim: groups, policyClaims: [dept, managed]}", StringComparison.Ordinal);

    private static PolicyRule Allowed(string field) => Assert.Single(Acme.Snapshot(Acme.Rule + $"    {field}\n", Claims).Rules);

    private static PolicyRule Denied(string field) => Assert.Single(Acme.Snapshot(Deny.Replace("XX", field, StringComparison.Ordinal), Claims).Rules);

    [Fact]
    public void Reads_what_an_allow_rule_requires()
    {
        var asked = Allowed("require: {auth: {acrAnyOf: [phr, c1], amrAnyOf: [mfa], amrAllOf: [pwd, hwk], maxAge: 4h}, clientAuth: private_key_jwt, dpop: true, resource: true, network: {cidrAnyOf: [\"10.0.0.0/8\", \"2001:db8::/32\"], cidrNoneOf: [\"10.9.0.0/16\"]}, device: {managed: {anyOf: [\"true\"]}}}").Requirement!;
        Assert.Equal("phr c1|mfa|pwd hwk", $"{string.Join(' ', asked.AcrAnyOf)}|{string.Join(' ', asked.AmrAnyOf)}|{string.Join(' ', asked.AmrAllOf)}");
        Assert.Equal((TimeSpan.FromHours(4), ClientAuth.PrivateKeyJwt, true, true), (asked.MaxAge, asked.ClientAuth, asked.Dpop, asked.Resource));
        Assert.Equal("10.0.0.0/8 2001:db8::/32|10.9.0.0/16", $"{string.Join(' ', asked.CidrAnyOf)}|{string.Join(' ', asked.CidrNoneOf)}");
        Assert.Equal("any of true", asked.Device["managed"].ToString());
        Assert.True(Denied("unless: {dpop: true}").Requirement!.Dpop);
    }

    [Fact]
    public void Reads_whom_which_client_and_where()
    {
        var who = Denied("validity: {until: 2027-01-01T00:00:00Z}") with { };
        Assert.True(who.Who!.Everyone);
        var rule = Assert.Single(Acme.Snapshot(
            "  - {id: no, effect: deny, why: w, who: {groups: {allOf: [eng, fin]}, subjects: {noneOf: [\"okta|x\"]}, idps: [okta], tenants: {anyOf: [t1]}, claims: {dept: {noneOf: [hr]}}}, client: {ids: {noneOf: [claude]}, trust: [vendor], auth: {noneOf: [private_key_jwt]}}, target: {resources: {noneOf: [mail]}, authorizationServers: [acme], tags: {noneOf: [work]}}}\n", Claims).Rules);
        Assert.Equal("all of eng fin|none of okta|x|any of okta|any of t1|none of hr", $"{rule.Who!.Groups}|{rule.Who.Subjects}|{rule.Who.Idps}|{rule.Who.Tenants}|{rule.Who.Claims["dept"]}");
        Assert.Equal("none of claude|any of vendor|none of private_key_jwt", $"{rule.Client!.Ids}|{rule.Client.Trust}|{rule.Client.Auth}");
        Assert.Equal("none of mail|any of acme|none of work", $"{rule.Target!.Resources}|{rule.Target.AuthorizationServers}|{rule.Target.Tags}");
        Assert.True(Assert.Single(Acme.Snapshot(Acme.Rule.Replace("{ids: [claude, vscode]}", "{every: true}", StringComparison.Ordinal)).Rules).Client!.Every);
    }

    [Fact]
    public void Reads_when_a_rule_applies_and_what_limits_it()
    {
        var during = Allowed("during: {days: [mon, sun], from: \"07:00\", to: \"20:00\", tz: Europe/Berlin}").During!;
        Assert.Equal("sun mon 07:00-20:00 Europe/Berlin", during.ToString());
        Assert.Equal("sun mon tue wed thu fri sat 22:00-06:00 Europe/Berlin", Allowed("during: {from: 22:00, to: 06:00, tz: Europe/Berlin}").During!.ToString());
        Assert.Equal("sat 00:00-24:00 UTC", Allowed("during: {days: [sat], tz: UTC}").During!.ToString());
        Assert.Equal("2026-11-01T00:00:00Z to 2026-12-01T00:00:00Z (AUD-9)", Allowed("validity: {from: 2026-11-01T00:00:00Z, until: 2026-12-01T01:00:00+01:00, ticket: AUD-9}").Validity!.ToString());
        Assert.Equal(("10/1m", TimeSpan.FromMinutes(2)), (Allowed("limits: {ratePerSubject: 10/1m, maxTokenLifetime: 2m}").RatePerSubject!.ToString(), Allowed("limits: {ratePerSubject: 10/1m, maxTokenLifetime: 2m}").MaxTokenLifetime!.Value));
        Assert.Equal((PolicyMode.Shadow, false), (Allowed("mode: shadow").Mode, Allowed("mode: enforce").Emergency));
        Assert.True(Allowed("emergency: true\n    validity: {from: 2026-11-01T00:00:00Z, until: 2026-11-01T08:00:00Z, ticket: INC-1}").Emergency);
        Assert.Equal(["soc", "owner"], Allowed("notify: [soc, owner]").Notify);
    }

    [Theory, Trait("Spec", "IDP-44")]
    [InlineData("require: {}", "{}", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("require: {auth: {}}", "{}}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("require: {auth: {acrAnyOf: [\"a b\"]}}", "\"a b\"", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("require: {auth: {acrAnyOf: []}}", "[]", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("require: {auth: {maxAge: 13h}}", "13h", nameof(PolicyDiagnosticCode.DurationOutOfRange))]
    [InlineData("require: {auth: {maxAge: soon}}", "soon", nameof(PolicyDiagnosticCode.DurationInvalid))]
    [InlineData("require: {auth: {acrNoneOf: [x], maxAge: 1h}}", "acrNoneOf", nameof(PolicyDiagnosticCode.FieldUnknown))]
    [InlineData("require: {dpop: false}", "false", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("require: {resource: false}", "false", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("require: {clientAuth: none}", "none", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("require: {network: {}}", "{}}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("require: {network: {cidrAnyOf: [\"10.0.0.1/8\"]}}", "\"10.0.0.1/8\"", nameof(PolicyDiagnosticCode.NetworkInvalid))]
    [InlineData("require: {network: {cidrNoneOf: [\"10.0.0.0\"]}}", "\"10.0.0.0\"", nameof(PolicyDiagnosticCode.NetworkInvalid))]
    [InlineData("require: {device: {}}", "{}}", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("require: {device: {manager: {anyOf: [x]}}}", "manager", nameof(PolicyDiagnosticCode.ClaimUnlisted))]
    [InlineData("require: {device: {managed: {}}}", "{}}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("require: {cel: x}", "cel", nameof(PolicyDiagnosticCode.FieldUnknown))]
    [InlineData("during: {days: [mon]}", "during", nameof(PolicyDiagnosticCode.FieldMissing), -1)]
    [InlineData("during: {tz: UTC}", "{tz", nameof(PolicyDiagnosticCode.FieldMissing), 0)]
    [InlineData("during: {days: [monday], tz: UTC}", "monday", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("during: {days: [mon], tz: Europe/Berlim}", "Europe/Berlim", nameof(PolicyDiagnosticCode.ZoneUnknown))]
    [InlineData("during: {from: \"24:00\", to: \"07:00\", tz: UTC}", "\"24:00\"", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("during: {from: \"07:00\", to: \"07:00\", tz: UTC}", "to", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("during: {from: \"07:00\", tz: UTC}", "{from", nameof(PolicyDiagnosticCode.FieldMissing), 0)]
    [InlineData("validity: {}", "{}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("validity: {until: 2026-12-01}", "2026-12-01", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("validity: {until: 2026-12-01T00:00:00}", "2026-12-01T00:00:00", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("validity: {from: 2026-12-01T00:00:00Z, until: 2026-12-01T00:00:00Z}", "until", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("emergency: true", "true", nameof(PolicyDiagnosticCode.EmergencyUnbounded))]
    [InlineData("emergency: true\n    validity: {from: 2026-11-01T00:00:00Z, until: 2026-11-01T08:00:01Z, ticket: INC-1}", "true", nameof(PolicyDiagnosticCode.EmergencyUnbounded))]
    [InlineData("emergency: true\n    validity: {from: 2026-11-01T00:00:00Z, until: 2026-11-01T08:00:00Z}", "true", nameof(PolicyDiagnosticCode.EmergencyUnbounded))]
    [InlineData("emergency: true\n    validity: {until: 2026-11-01T08:00:00Z, ticket: INC-1}", "true", nameof(PolicyDiagnosticCode.EmergencyUnbounded))]
    [InlineData("limits: {}", "{}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("limits: {ratePerSubject: 0/1m}", "0/1m", nameof(PolicyDiagnosticCode.RateInvalid))]
    [InlineData("limits: {ratePerSubject: 10/25h}", "10/25h", nameof(PolicyDiagnosticCode.RateInvalid))]
    [InlineData("limits: {ratePerSubject: 10}", "10}", nameof(PolicyDiagnosticCode.TypeWrong), 2)]
    [InlineData("mode: trial", "trial", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("claims: [emial]", "emial", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("claims: [sub]", "sub", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("claims: []", "[]", nameof(PolicyDiagnosticCode.ListEmpty))]
    [InlineData("recordLevel: all", "all", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("notify: []", "[]", nameof(PolicyDiagnosticCode.ListEmpty))]
    public void Refuses(string field, string marked, string code, int place = -2) => One(Acme.Rule + $"    {field}\n", marked, code, place);

    [Theory, Trait("Spec", "IDP-44")]
    [InlineData("require: {dpop: true}", "require", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("emergency: true", "emergency", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("claims: [email]", "claims", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("notify: [x]", "notify", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("client: {}", "{}", nameof(PolicyDiagnosticCode.FieldMissing))]
    [InlineData("client: {every: false}", "false", nameof(PolicyDiagnosticCode.ValueInvalid))]
    [InlineData("client: {every: true, trust: [vendor]}", "every: true, trust", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("client: {trust: [partner]}", "partner", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("client: {auth: [open]}", "open", nameof(PolicyDiagnosticCode.WordUnknown))]
    [InlineData("client: {ids: {allOf: [claude]}}", "allOf", nameof(PolicyDiagnosticCode.FieldNotApplicable))]
    [InlineData("target: {authorizationServers: [acne]}", "acne", nameof(PolicyDiagnosticCode.AsUnknown))]
    [InlineData("target: {tags: {noneOf: [wrok]}}", "wrok", nameof(PolicyDiagnosticCode.TagUnknown))]
    public void Refuses_in_a_deny_rule(string field, string marked, string code) => One(Deny.Replace("XX", field, StringComparison.Ordinal), marked, code, -2);

    private static void One(string rules, string marked, string code, int place)
    {
        var load = Acme.LoadRules(rules, Claims);
        Assert.Null(load.Snapshot);
        var problem = Assert.Single(load.Diagnostics);
        Assert.Equal(code, problem.Code.ToString());
        if (place is -1) return;       // about the whole
        var line = (Acme.PolicyHead + rules).Split('\n')[problem.Line - 1];
        Assert.StartsWith(place is -2 ? marked : marked[..1], line[(problem.Column - 1)..], StringComparison.Ordinal);
    }
}
