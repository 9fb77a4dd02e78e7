using System.Net;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Decisions;

namespace IdJagBroker.Tests.Policies.Decisions;

/// <summary>What an administrator is told of each condition of a rule: its field, what came, what is asked, and whether it holds.</summary>
public sealed class PolicyTraceTests
{
    private static readonly string Catalog = Acme.Catalog
        .Replace("groupsClaim: groups}", "groupsClaim: groups, policyClaims: [dept, level, managed, os]}", StringComparison.Ordinal)
        .Replace("mail: {as: other,", "mail: {enabled: false, as: other,", StringComparison.Ordinal);

    private static readonly Dictionary<string, Func<PolicyInput, PolicyInput>> Changes = new()
    {
        ["nothing"] = input => input,
        ["entra"] = input => input with { Subject = "entra|9", Idp = null },
        ["nobody known"] = input => input with { Subject = null },
        ["tenant"] = input => input with { Tenant = "t1" },
        ["claims"] = input => input with { Claims = With(("dept", ["rd", "hr"]), ("level", ["3"]), ("managed", ["true"]), ("os", ["mac"])) },
        ["signed in well"] = input => input with { Acr = ["phr"], Amr = ["pwd", "hwk"], SignInAge = TimeSpan.FromHours(1) },
        ["signed in long ago"] = input => input with { SignInAge = TimeSpan.FromMinutes(61) },
        ["key"] = input => input with { Dpop = true },
        ["named"] = input => input with { ResourceNamed = true },
        ["at home"] = input => input with { Network = IPNetwork.Parse("10.1.2.3/32") },
        ["two"] = input => input with { ResourceAliases = ["wiki", "code"] },
        ["write"] = input => Acme.Ask("claude", "wiki", "doc:write doc:read", "eng"),
        ["mail"] = input => Acme.Ask("claude", "mail", "mail:read", "eng"),
        ["code"] = input => Acme.Ask("claude", "code", "repo:read", "eng"),
        ["not all groups"] = input => input with { GroupsComplete = false },
        ["stranger"] = input => input with { ClientAlias = "nobody" },
    };

    private static Dictionary<string, IReadOnlyList<string>> With(params (string Name, string[] Values)[] claims) => claims.ToDictionary(claim => claim.Name, claim => (IReadOnlyList<string>)claim.Values);

    private static string Trace(string fields, string change, string effect)
    {
        var snapshot = Acme.LoadRules($"  - {{id: r, effect: {effect}, why: w, {fields}}}\n", Catalog) is { Snapshot: { } loaded } ? loaded : throw new InvalidOperationException(fields);
        var evaluation = Assert.Single(PolicyTrace.Of(snapshot, Changes[change](Acme.Ask("claude", "wiki", "doc:read", "eng"))));
        Assert.Equal((evaluation.Conditions.All(condition => condition.Holds || condition.IsFurther), evaluation.Conditions.All(condition => condition.Holds)), (evaluation.Fit, evaluation.Match));
        return string.Join(" | ", evaluation.Conditions.Select(one => $"{one.Path}{(one.IsFurther ? "+" : "")}: {one.Have} / {one.Need} {(one.Holds ? "yes" : "no")}"));
    }

    [Theory, Trait("Spec", "IDP-44")]
    [InlineData("who: {groups: {anyOf: [eng]}}", "nothing", "who.groups: eng / any of eng yes")]
    [InlineData("who: {groups: {anyOf: [eng]}}", "not all groups", "who.groups: overage / any of eng no")]
    [InlineData("who: {subjects: [\"okta|00u-ana\"]}", "nothing", "who.subjects: okta|00u-ana / any of okta|00u-ana yes")]
    [InlineData("who: {subjects: [\"okta|00u-ana\"]}", "entra", "who.subjects: entra|9 / any of okta|00u-ana no")]
    [InlineData("who: {subjects: [\"okta|00u-ana\"]}", "nobody known", "who.subjects: missing / any of okta|00u-ana no")]
    [InlineData("who: {idps: [okta]}", "nothing", "who.idps: okta / any of okta yes")]
    [InlineData("who: {idps: [okta]}", "entra", "who.idps: entra / any of okta no")]
    [InlineData("who: {idps: [okta]}", "nobody known", "who.idps: missing / any of okta no")]
    [InlineData("who: {tenants: {noneOf: [t2]}}", "tenant", "who.tenants: t1 / none of t2 yes")]
    [InlineData("who: {tenants: {noneOf: [t2]}}", "nothing", "who.tenants: missing / none of t2 no")]
    [InlineData("who: {claims: {level: {anyOf: [\"3\"]}, dept: {noneOf: [hr]}}}", "claims", "who.claims.dept: hr rd / none of hr no | who.claims.level: 3 / any of 3 yes")]
    [InlineData("who: {claims: {level: {anyOf: [\"3\"]}, dept: {noneOf: [hr]}}}", "nothing", "who.claims.dept: missing / none of hr no | who.claims.level: missing / any of 3 no")]
    public void Says_of_an_allow_rule_who_it_is_about(string who, string change, string expected) =>
        Assert.Equal(expected, Trace(who + ", client: {every: true}, grant: {wiki: [doc:read]}", change, "allow").Replace(" | grant: doc:read / doc:read yes", "", StringComparison.Ordinal));

    [Theory, Trait("Spec", "IDP-44")]
    [InlineData("who: {groups: {anyOf: [ctr]}}", "not all groups", "who.groups: overage / any of ctr yes")]
    [InlineData("who: {subjects: [\"okta|x\"]}", "nobody known", "who.subjects: missing / any of okta|x yes")]
    [InlineData("who: {tenants: [t2]}", "nothing", "who.tenants: missing / any of t2 yes")]
    [InlineData("who: {claims: {dept: {anyOf: [hr]}}}", "nothing", "who.claims.dept: missing / any of hr yes")]
    [InlineData("who: {claims: {dept: {anyOf: [it]}}}", "claims", "who.claims.dept: hr rd / any of it no")]
    [InlineData("client: {trust: [vendor]}", "nothing", "client.trust: vendor / any of vendor yes")]
    [InlineData("client: {trust: [internal]}", "nothing", "client.trust: vendor / any of internal no")]
    [InlineData("client: {auth: [private_key_jwt]}", "nothing", "client.auth: private_key_jwt / any of private_key_jwt yes")]
    [InlineData("client: {ids: {noneOf: [vscode]}, auth: [client_secret]}", "nothing", "client.ids: claude / none of vscode yes | client.auth: private_key_jwt / any of client_secret no")]
    [InlineData("client: {ids: [vscode], auth: [client_secret]}", "stranger", "client.ids: nobody / any of vscode no")]
    public void Takes_what_is_missing_for_what_a_deny_rule_is_about(string fields, string change, string expected) => Assert.Equal(expected, Trace(fields, change, "deny"));

    [Theory, Trait("Spec", "IDP-44")]
    [InlineData("{wiki: [doc:read, admin]}", "nothing", "grant: doc:read / admin doc:read yes")]
    [InlineData("{wiki: [doc:write]}", "nothing", "grant: doc:read / doc:write no")]
    [InlineData("{wiki: [doc:write]}", "write", "grant: doc:write doc:read / doc:write yes")]
    [InlineData("{code: [repo:read], wiki: [admin]}", "two", "grant: doc:read / admin repo:read no")]
    [InlineData("{code: [repo:read]}", "nothing", "grant: wiki / code no")]
    [InlineData("{mail: [mail:read]}", "mail", "grant: not enabled / mail no")]
    public void Says_of_an_allow_rule_where_it_grants(string grant, string change, string expected) =>
        Assert.Equal(expected, Trace($"who: {{everyone: true}}, client: {{every: true}}, grant: {grant}", change, "allow"));

    [Theory, Trait("Spec", "IDP-44")]
    [InlineData("target: {resources: [wiki]}", "nothing", "target.resources: wiki / any of wiki yes")]
    [InlineData("target: {resources: {noneOf: [wiki]}}", "two", "target.resources: code wiki / none of wiki yes")]
    [InlineData("target: {authorizationServers: [other]}", "nothing", "target.authorizationServers: acme / any of other no")]
    [InlineData("target: {tags: {anyOf: [prod]}}", "nothing", "target.tags: work / any of prod no")]
    [InlineData("target: {tags: {anyOf: [prod]}}", "code", "target.tags: prod source / any of prod yes")]
    [InlineData("target: {resources: [wiki], tags: {anyOf: [prod]}}", "two", "target.resources: code wiki / any of wiki yes | target.tags: prod source work / any of prod yes | target: code wiki / all of the above of one resource no")]
    [InlineData("target: {resources: [wiki], tags: {anyOf: [prod]}}", "nothing", "target.resources: wiki / any of wiki yes | target.tags: work / any of prod no")]
    [InlineData("target: {resources: [code], tags: {anyOf: [prod]}}", "two", "target.resources: code wiki / any of code yes | target.tags: prod source work / any of prod yes")]
    [InlineData("who: {everyone: true}, scopes: [\"*:write\", \"doc:*\"]", "nothing", "scopes: doc:read / *:write doc:* yes")]
    [InlineData("who: {everyone: true}, scopes: [\"*:write\"]", "nothing", "scopes: doc:read / *:write no")]
    public void Says_of_a_deny_rule_what_it_is_about(string fields, string change, string expected) => Assert.Equal(expected, Trace(fields, change, "deny"));

    [Theory, Trait("Spec", "IDP-44")]
    [InlineData("validity: {from: 2026-11-18T09:00:00Z, until: 2026-11-18T09:00:01Z}", "nothing", "validity+: 2026-11-18T09:00:00Z / 2026-11-18T09:00:00Z to 2026-11-18T09:00:01Z yes")]
    [InlineData("validity: {from: 2026-11-18T09:00:01Z}", "nothing", "validity+: 2026-11-18T09:00:00Z / 2026-11-18T09:00:01Z to for good no")]
    [InlineData("validity: {until: 2026-11-18T09:00:00Z}", "nothing", "validity+: 2026-11-18T09:00:00Z / always to 2026-11-18T09:00:00Z no")]
    [InlineData("during: {days: [wed], tz: UTC}", "nothing", "during+: 2026-11-18T09:00:00Z / wed 00:00-24:00 UTC yes")]
    [InlineData("during: {days: [thu], tz: UTC}", "nothing", "during+: 2026-11-18T09:00:00Z / thu 00:00-24:00 UTC no")]
    [InlineData("require: {auth: {acrAnyOf: [phr, c1]}}", "signed in well", "require.auth.acrAnyOf+: phr / phr c1 yes")]
    [InlineData("require: {auth: {acrAnyOf: [phr]}}", "nothing", "require.auth.acrAnyOf+: missing / phr no")]
    [InlineData("require: {auth: {amrAnyOf: [mfa, hwk]}}", "signed in well", "require.auth.amrAnyOf+: pwd hwk / mfa hwk yes")]
    [InlineData("require: {auth: {amrAllOf: [mfa, hwk]}}", "signed in well", "require.auth.amrAllOf+: pwd hwk / mfa hwk no")]
    [InlineData("require: {auth: {amrAllOf: [hwk]}}", "nothing", "require.auth.amrAllOf+: missing / hwk no")]
    [InlineData("require: {auth: {maxAge: 1h}}", "signed in well", "require.auth.maxAge+: 1h / 1h yes")]
    [InlineData("require: {auth: {maxAge: 1h}}", "signed in long ago", "require.auth.maxAge+: 61m / 1h no")]
    [InlineData("require: {auth: {maxAge: 1h}}", "nothing", "require.auth.maxAge+: missing / 1h no")]
    [InlineData("require: {clientAuth: private_key_jwt}", "nothing", "require.clientAuth+: private_key_jwt / private_key_jwt yes")]
    [InlineData("require: {clientAuth: client_secret}", "nothing", "require.clientAuth+: private_key_jwt / client_secret no")]
    [InlineData("require: {dpop: true}", "key", "require.dpop+: true / true yes")]
    [InlineData("require: {dpop: true}", "nothing", "require.dpop+: false / true no")]
    [InlineData("require: {resource: true}", "named", "require.resource+: named / named yes")]
    [InlineData("require: {resource: true}", "nothing", "require.resource+: not named / named no")]
    [InlineData("require: {network: {cidrAnyOf: [\"10.0.0.0/8\", \"192.0.2.0/24\"]}}", "at home", "require.network.cidrAnyOf+: 10.1.2.3/32 / 10.0.0.0/8 192.0.2.0/24 yes")]
    [InlineData("require: {network: {cidrAnyOf: [\"10.0.0.0/8\"]}}", "nothing", "require.network.cidrAnyOf+: missing / 10.0.0.0/8 no")]
    [InlineData("require: {network: {cidrNoneOf: [\"10.1.0.0/16\"]}}", "at home", "require.network.cidrNoneOf+: 10.1.2.3/32 / 10.1.0.0/16 no")]
    [InlineData("require: {network: {cidrNoneOf: [\"10.2.0.0/16\"]}}", "at home", "require.network.cidrNoneOf+: 10.1.2.3/32 / 10.2.0.0/16 yes")]
    [InlineData("require: {network: {cidrNoneOf: [\"10.1.0.0/16\"]}}", "nothing", "require.network.cidrNoneOf+: missing / 10.1.0.0/16 no")]
    [InlineData("require: {device: {os: {anyOf: [mac]}, managed: {anyOf: [\"true\"]}}}", "claims", "require.device.managed+: true / any of true yes | require.device.os+: mac / any of mac yes")]
    [InlineData("require: {device: {managed: {noneOf: [\"false\"]}}}", "nothing", "require.device.managed+: missing / none of false no")]
    public void Says_of_an_allow_rule_what_it_asks_besides(string field, string change, string expected) =>
        Assert.Equal("grant: doc:read / doc:read yes | " + expected, Trace($"who: {{everyone: true}}, client: {{every: true}}, grant: {{wiki: [doc:read]}}, {field}", change, "allow"));

    [Theory, Trait("Spec", "IDP-44")]
    [InlineData("key", "unless.dpop+: true / true yes | unless.resource+: not named / named yes")]
    [InlineData("nothing", "unless.dpop+: false / true yes | unless.resource+: not named / named yes")]
    public void Holds_a_deny_rule_unless_all_of_it_is_brought(string change, string expected) =>
        Assert.Equal(expected, Trace("who: {everyone: true}, unless: {dpop: true, resource: true}", change, "deny"));

    [Fact, Trait("Spec", "IDP-44")]
    public void Lifts_a_deny_rule_when_all_of_it_is_brought() =>
        Assert.Equal("unless.dpop+: true / true no", Trace("who: {everyone: true}, unless: {dpop: true}", "key", "deny"));
}
