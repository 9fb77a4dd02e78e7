using System.Text.Json.Nodes;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.TokenExchange;

/// <summary>A broker whose rules ask for everything that rules can ask for.</summary>
public sealed class ConditionsBroker(Storage.BrokerPostgres postgres) : IAsyncLifetime
{
    private const string Rules =
        """
        apiVersion: broker/v1
        kind: Policy
        metadata: {name: conditions, owner: iam@acme.example}
        rules:
          - {id: read, effect: allow, why: w, who: {groups: {anyOf: [engineering]}}, client: {trust: [vendor]}, grant: {trackr-mcp: [tickets:read]}, require: {auth: {amrAnyOf: [mfa]}}}
          - {id: comment, effect: allow, why: w, who: {groups: {anyOf: [engineering]}}, client: {ids: [agent]}, grant: {trackr-mcp: [tickets:comment]}, require: {auth: {acrAnyOf: [phr, phrh], maxAge: 1h}}}
          - {id: far, effect: allow, why: w, who: {groups: {anyOf: [engineering]}}, client: {ids: [agent]}, grant: {trackr-mcp: [tickets:admin]}, require: {network: {cidrAnyOf: ["10.0.0.0/8"]}}}
          - {id: near, effect: allow, why: w, who: {groups: {anyOf: [contractors]}}, client: {ids: [agent]}, grant: {trackr-mcp: [tickets:admin]}, require: {network: {cidrAnyOf: ["127.0.0.0/8"]}}, limits: {ratePerSubject: 2/1h}}
          - {id: gone, effect: allow, why: w, who: {everyone: true}, client: {ids: [agent]}, grant: {wiki-mcp: [pages:write]}, validity: {until: 2020-01-01T00:00:00Z}}
          - {id: bound-only, effect: allow, why: w, who: {everyone: true}, client: {ids: [agent]}, grant: {wiki-mcp: [pages:read]}, require: {dpop: true}}
          - {id: dept, effect: allow, why: w, who: {claims: {dept: {anyOf: [ops]}}}, client: {ids: [agent]}, grant: {trackr-admin: [users:admin]}, require: {device: {managed: {anyOf: ["true"]}}}}
          - {id: own-key, effect: allow, why: w, who: {groups: {anyOf: [engineering]}}, client: {every: true}, grant: {trackr-admin: [tickets:read]}, require: {clientAuth: private_key_jwt, resource: true}}
          - {id: trial, effect: deny, mode: shadow, why: w, who: {everyone: true}, target: {resources: [trackr-mcp]}, scopes: ["tickets:read"]}
          - {id: tell, effect: allow, why: w, who: {groups: {anyOf: [contractors]}}, client: {ids: [agent]}, grant: {trackr-mcp: [tickets:comment]}, claims: ["urn:acme:level", email, nickname], recordLevel: full}
          - {id: watch, effect: deny, why: w, who: {groups: {anyOf: [contractors]}}, target: {resources: [wiki-mcp]}, recordLevel: full}
          - {id: rescue, effect: allow, emergency: true, why: w, who: {groups: {anyOf: [contractors]}}, client: {ids: [agent]}, grant: {trackr-admin: [users:admin]}, validity: {from: FROM, until: UNTIL, ticket: INC-7}, notify: [soc]}
        """;

    internal BrokerFixture Broker { get; } = new(postgres);

    public async ValueTask InitializeAsync() => await Broker.StartAsync(
        policy: Rules.Replace("FROM", Time(-3), StringComparison.Ordinal).Replace("UNTIL", Time(4), StringComparison.Ordinal),
        changeCatalog: catalog => catalog.Replace("groupsClaim: groups, kind: okta,", "groupsClaim: groups, policyClaims: [dept, managed], kind: okta,", StringComparison.Ordinal));

    public ValueTask DisposeAsync() => Broker.DisposeAsync();

    private static string Time(int hours) => DateTimeOffset.UtcNow.AddHours(hours).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>What rules ask for beyond person, client and scope, each condition alone, on the wire and in the log.</summary>
public sealed class PolicyConditionTests(ConditionsBroker conditions) : IClassFixture<ConditionsBroker>
{
    private readonly BrokerFixture _broker = conditions.Broker;

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    private Task<TokenAnswer> AskAsync(string scope, Action<JsonObject>? claims = null, string[]? groups = null, params (string, string?)[] changes) => _broker.Token.ExchangeAsync(
        [("scope", scope), ("subject_token", _broker.Idp.IdToken("agent-at-okta", groups: groups, change: (_, its) => claims?.Invoke(its))), .. changes]);

    private async Task<JsonNode> RefusedAsync(TokenAnswer answer, string error, string reason, string? nearest = null, string? unmet = null)
    {
        answer.IsRefused(error);
        var e = await _broker.ExplainAsync(answer);
        Assert.Equal((reason, nearest, unmet), ((string)e["reason"]!, (string?)e["data"]!["nearest"]?["rule"], (string?)e["data"]!["nearest"]?["unmet"]![0]));
        Assert.DoesNotContain(nearest ?? "rule", answer.Text, StringComparison.Ordinal);        // IDP-45
        return e;
    }

    [Fact, Trait("Spec", "IDP-51"), Trait("Spec", "IDP-45")]
    public async Task Asks_for_the_sign_in_that_the_rule_needs_if_only_that_is_wanting()
    {
        var weak = await AskAsync("tickets:comment", its => its["acr"] = "pwd");
        await RefusedAsync(weak, "insufficient_user_authentication", "AUTH_TOO_WEAK", "comment", "require.auth.acr");
        Assert.Equal(("phr phrh", 3600), ((string)weak.Body!["acr_values"]!, (int)weak.Body["max_age"]!));
        var old = await AskAsync("tickets:comment", its => (its["auth_time"], its["iat"]) = (Now - 3630, Now - 5));
        await RefusedAsync(old, "insufficient_user_authentication", "AUTH_TOO_OLD", "comment", "require.auth.maxAge");
        Assert.Equal((null, 3600), ((string?)old.Body!["acr_values"], (int)old.Body["max_age"]!));
        var single = await AskAsync("tickets:read", its => its["amr"] = new JsonArray("pwd"));
        await RefusedAsync(single, "insufficient_user_authentication", "AUTH_TOO_WEAK", "read", "require.auth.amr");
        Assert.Equal((null, 12 * 3600), ((string?)single.Body!["acr_values"], (int)single.Body["max_age"]!));       // nothing asks for a method by name
        await RefusedAsync(await AskAsync("tickets:read", its => its.Remove("amr")), "insufficient_user_authentication", "AUTH_TOO_WEAK", "read", "require.auth.amr");
        (await AskAsync("tickets:read tickets:comment")).IsGranted();
    }

    [Fact, Trait("Spec", "IDP-46")]
    public async Task Grants_the_rest_where_one_scope_asks_for_more()
    {
        var answer = (await AskAsync("tickets:read tickets:comment", its => its["acr"] = "pwd")).IsGranted();
        Assert.Equal("tickets:read", (string)answer.Body!["scope"]!);
    }

    [Fact, Trait("Spec", "IDP-44")]
    public async Task Looks_at_the_network_the_hour_the_key_the_claims_and_how_the_client_authenticates()
    {
        await RefusedAsync(await AskAsync("tickets:admin"), "invalid_scope", "NETWORK_NOT_ALLOWED", "far", "require.network");
        (string, string?)[] wiki = [("audience", TestPolicies.WikiIssuer), ("resource", TestPolicies.Wiki)];
        await RefusedAsync(await AskAsync("pages:write", changes: wiki), "access_denied", "GRANT_EXPIRED", "gone", "validity.until");
        await RefusedAsync(await AskAsync("pages:read", changes: wiki), "access_denied", "DPOP_REQUIRED", "bound-only", "require.dpop");

        (string, string?)[] admin = [("resource", TestPolicies.TrackrAdmin)];
        (await AskAsync("users:admin", its => (its["dept"], its["managed"]) = ("ops", true), changes: admin)).IsGranted();
        await RefusedAsync(await AskAsync("users:admin", its => its["dept"] = "ops", changes: admin), "access_denied", "DEVICE_NOT_ALLOWED", "dept", "require.device");
        await RefusedAsync(await AskAsync("users:admin", its => (its["dept"], its["managed"]) = ("hr", true), changes: admin), "access_denied", "NO_RULE_MATCHED");
        await RefusedAsync(await AskAsync("users:admin", its => its["managed"] = true, changes: admin), "access_denied", "NO_RULE_MATCHED");

        await RefusedAsync(await AskAsync("tickets:read", changes: admin), "access_denied", "CLIENT_AUTH_TOO_WEAK", "own-key", "require.clientAuth");
        (await _broker.Token.ExchangeByAssertionAsync(_broker.Token.Assertion(), ("resource", TestPolicies.TrackrAdmin))).IsGranted();
    }

    [Fact]
    public async Task Gives_one_person_no_more_tokens_by_a_rule_than_it_says()
    {
        Task<TokenAnswer> Ask(string sub) => AskAsync("tickets:admin", its => its["sub"] = sub, ["00g-ctr"]);
        (await Ask("00u-often")).IsGranted();
        (await Ask("00u-often")).IsGranted();
        var third = await Ask("00u-often");
        Assert.Equal(System.Net.HttpStatusCode.TooManyRequests, third.Status);
        Assert.True(third.Headers.RetryAfter!.Delta > TimeSpan.FromMinutes(5));
        (await Ask("00u-rarely")).IsGranted();
    }

    [Fact, Trait("Spec", "IDP-53")]
    public async Task Records_what_it_decided_on_so_that_it_can_be_decided_again_and_tells_nothing_of_the_person()
    {
        var granted = (await AskAsync("tickets:read", its => (its["dept"], its["groups"]) = ("secret-dept", new JsonArray("00g-eng", "00g-unheard-of")))).IsGranted();
        var e = Assert.Single(await _broker.AuditAsync($"jti={granted.IdJag["jti"]}&type=idjag.issued"))!;
        var facts = e["data"]!["facts"]!;
        Assert.Equal((2, 1), (facts["groups_h"]!.AsArray().Count, facts["claims_h"]!["dept"]!.AsArray().Count));
        Assert.True((bool)facts["resource_named"]!);
        Assert.InRange((long)facts["auth_age_s"]!, 9, 60);
        Assert.Equal("""{"outcome":"deny","reason":"DENIED_BY_RULE","rules":["trial"]}""", e["data"]!["shadow"]!.ToJsonString());
        foreach (var word in (string[])["secret-dept", "00g-unheard-of", "00g-eng", "00u-ana"]) Assert.DoesNotContain(word, e.ToJsonString(), StringComparison.Ordinal);

        var again = (await AskAsync("tickets:read", its => its["groups"] = new JsonArray("00g-eng"))).IsGranted();
        var other = Assert.Single(await _broker.AuditAsync($"jti={again.IdJag["jti"]}&type=idjag.issued"))!;
        Assert.Contains((string)other["data"]!["facts"]!["groups_h"]![0]!, facts["groups_h"]!.AsArray().Select(hash => (string)hash!));       // the same group, the same hash
    }

    [Fact, Trait("Spec", "JAG-25"), Trait("Spec", "JAG-22")]
    public async Task A_rule_adds_claims_to_the_tokens_that_it_contributes_to_and_to_no_other()
    {
        void Personal(JsonObject its) => (its["acr"], its["email"], its["email_verified"], its["nickname"], its["urn:acme:level"], its["name"]) = ("phr", "ana@acme.example", true, "an", 7, "Ana");
        var told = (await AskAsync("tickets:comment", Personal, ["00g-ctr"])).IsGranted();
        Assert.Equal(("ana@acme.example", true, "an", 7, null), ((string?)told.IdJag["email"], (bool)told.IdJag["email_verified"]!, (string?)told.IdJag["nickname"], (int)told.IdJag["urn:acme:level"]!, told.IdJag["name"]));
        var e = Assert.Single(await _broker.AuditAsync($"jti={told.IdJag["jti"]}&type=idjag.issued"))!;
        Assert.Equal("""["nickname","urn:acme:level"]""", e["data"]!["extra_claims"]!.ToJsonString());
        Assert.DoesNotContain("ana@acme.example", e.ToJsonString(), StringComparison.Ordinal);

        var unverified = (await AskAsync("tickets:comment", its => (its["email"], its["email_verified"]) = ("ana@acme.example", false), ["00g-ctr"])).IsGranted();
        Assert.Null(unverified.IdJag["email"]);
        var engineer = (await AskAsync("tickets:comment", Personal)).IsGranted();
        foreach (var claim in (string[])["email", "email_verified", "nickname", "urn:acme:level", "name"]) Assert.Null(engineer.IdJag[claim]);
    }

    [Fact, Trait("Spec", "IDP-53")]
    public async Task Records_what_became_of_every_rule_where_a_rule_wants_that()
    {
        var granted = (await AskAsync("tickets:comment tickets:admin", groups: ["00g-ctr"])).IsGranted();
        var e = Assert.Single(await _broker.AuditAsync($"jti={granted.IdJag["jti"]}&type=idjag.issued"))!;
        Assert.Equal("""[{"match":true,"rule":"near"},{"match":true,"rule":"tell"}]""", e["data"]!["evaluated"]!.ToJsonString());
        var other = (await AskAsync("tickets:read")).IsGranted();
        Assert.Null(Assert.Single(await _broker.AuditAsync($"jti={other.IdJag["jti"]}&type=idjag.issued"))!["data"]!["evaluated"]);

        var refused = await RefusedAsync(await AskAsync("pages:read", groups: ["00g-ctr"], changes: [("audience", TestPolicies.WikiIssuer), ("resource", TestPolicies.Wiki)]), "access_denied", "DENIED_BY_RULE");
        Assert.Equal("""[{"match":false,"rule":"bound-only","unmet":["require.dpop"]},{"match":true,"rule":"watch"}]""", refused["data"]!["evaluated"]!.ToJsonString());
    }

    [Fact]
    public async Task Tags_what_a_rule_for_a_time_of_need_grants()
    {
        var granted = (await AskAsync("users:admin", groups: ["00g-ctr"], changes: ("resource", TestPolicies.TrackrAdmin))).IsGranted();
        var e = Assert.Single(await _broker.AuditAsync($"jti={granted.IdJag["jti"]}&breakglass=true"))!;
        Assert.Equal(("rescue", true, "soc"), ((string)e["data"]!["rules"]![0]!, (bool)e["data"]!["breakglass"]!, (string)e["data"]!["notify"]![0]!));
    }
}
