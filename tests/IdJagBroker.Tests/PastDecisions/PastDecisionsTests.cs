using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace IdJagBroker.Tests.PastDecisions;

/// <summary>Decisions of the log, explained and decided once more, over HTTP.</summary>
public sealed class PastDecisionsTests(TokenExchange.ConditionsBroker conditions) : IClassFixture<TokenExchange.ConditionsBroker>
{
    private readonly BrokerFixture _broker = conditions.Broker;

    private async Task<(HttpStatusCode Status, string Text)> SendAsync(HttpMethod method, string path, JsonObject? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(_broker.Management, path));
        request.Headers.Authorization = new("Bearer", BrokerFixture.ManagementToken);
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await _broker.Http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task<JsonObject> ExplainAsync(string id, string query = "")
    {
        var (status, text) = await SendAsync(HttpMethod.Get, $"/admin/v1/decisions/{id}{query}");
        Assert.True(status is HttpStatusCode.OK, text);
        return JsonNode.Parse(text)!.AsObject();
    }

    private Task<TokenAnswer> AskAsync(string scope, string[]? groups = null, Action<JsonObject>? claims = null) => _broker.Token.ExchangeAsync(
        ("scope", scope), ("subject_token", _broker.Idp.IdToken("agent-at-okta", groups: groups, change: (_, its) => claims?.Invoke(its))));

    private static JsonNode Rule(JsonObject explained, string id) => explained["rules"]!.AsArray().Single(rule => (string)rule!["id"]! == id)!;

    [Fact, Trait("Spec", "IDP-45")]
    public async Task Explains_a_refusal_condition_by_condition_with_file_line_and_the_smallest_fix()
    {
        var refused = await AskAsync("tickets:comment", claims: its => its["acr"] = "pwd");
        var explained = await ExplainAsync((string)refused.Body!["decision_id"]!);
        Assert.Equal(("deny", "AUTH_TOO_WEAK", "comment", "sign in with acr phr or phrh"),
            ((string)explained["outcome"]!, (string)explained["reason"]!, (string)explained["nearest"]!["rule"]!, (string)explained["nearest_fix"]!));
        var rule = Rule(explained, "comment");
        Assert.Equal(("10-rules.yaml", 6, true, false), ((string)rule["file"]!, (int)rule["line"]!, (bool)rule["fit"]!, (bool)rule["match"]!));
        Assert.Equal(
            [
                "✓ who.groups: any of engineering [engineering]", "✓ client.ids: any of agent [agent]", "✓ grant: tickets:comment [tickets:comment]",
                "✗ require.auth.acrAnyOf: phr phrh [pwd]", "✓ require.auth.maxAge: 1h [10s]",
            ],
            rule["conditions"]!.AsArray().Select(condition => $"{((bool)condition!["holds"]! ? '✓' : '✗')} {condition["path"]}: {condition["need"]} [{(condition["path"]!.ToString() is "require.auth.maxAge" ? "10s" : condition["have"])}]"));
        Assert.Equal("""{"error":"insufficient_user_authentication","acr_values":"phr phrh"}""", explained["challenge"]!.ToJsonString());
        Assert.Equal(("idjag.denied", "AUTH_TOO_WEAK", "agent"), ((string)explained["recorded"]!["type"]!, (string)explained["recorded"]!["reason"]!, (string)explained["recorded"]!["client"]!));
        Assert.Equal("engineering", (string)explained["facts"]!["groups"]![0]!);
        Assert.Contains("Network", explained["not_recorded"]!.AsArray().Select(fact => (string)fact!));       // only /24 of the address is kept
    }

    [Fact]
    public async Task Explains_what_was_granted_and_every_rule_if_that_is_asked_for()
    {
        var granted = (await AskAsync("tickets:read")).IsGranted();
        var id = (string)Assert.Single(await _broker.AuditAsync($"jti={granted.IdJag["jti"]}&type=idjag.issued"))!["id"]!;
        var explained = await ExplainAsync(id);
        Assert.Equal(("allow", "ALLOWED", "tickets:read", "read"), ((string)explained["outcome"]!, (string)explained["reason"]!, (string)explained["granted"]!["scope"]!, (string)explained["decided_by"]![0]!));
        Assert.Equal("deny", (string)explained["shadow"]!["outcome"]!);
        Assert.Null(explained["nearest_fix"]);
        Assert.Equal(["read", "trial"], explained["rules"]!.AsArray().Select(rule => (string)rule!["id"]!));
        Assert.Equal(12, (await ExplainAsync(id, "?all=true"))["rules"]!.AsArray().Count);
        Assert.Contains(await _broker.AuditAsync("type=audit.read&limit=20"), e => (string?)e!["data"]!["operation"] is "explain");      // who asks is recorded
    }

    [Fact]
    public async Task Says_what_a_nearest_rule_lacks_where_no_rule_is_about_the_person()
    {
        var refused = await AskAsync("tickets:read", groups: ["00g-ctr"]);
        var explained = await ExplainAsync((string)refused.Body!["decision_id"]!);
        Assert.Equal("read (10-rules.yaml:5): who.groups needs any of engineering, and there is contractors", (string)explained["nearest_fix"]!);
    }

    [Fact]
    public async Task Knows_no_decision_that_there_is_not_and_says_of_a_request_that_failed_before()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Get, $"/admin/v1/decisions/{Guid.NewGuid()}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Get, "/admin/v1/decisions/x%2F..")).Status);
        var bad = await _broker.Token.ExchangeAsync(("subject_token", "x.y.z"));
        var (status, text) = await SendAsync(HttpMethod.Get, $"/admin/v1/decisions/{bad.Body!["decision_id"]}");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, true), (status, text.Contains("REQ_SUBJECT_TOKEN", StringComparison.Ordinal)));
        var granted = await AskAsync("tickets:read");
        var id = (string)Assert.Single(await _broker.AuditAsync($"jti={granted.IdJag["jti"]}&type=idjag.issued"))!["id"]!;
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Get, $"/admin/v1/decisions/{id}?as_of=sha256:{new string('0', 64)}")).Status);
    }

    [Fact]
    public async Task Replays_what_was_decided_by_other_files()
    {
        for (var i = 0; i < 3; i++) (await AskAsync("tickets:read", claims: its => its["sub"] = $"00u-r{i}")).IsGranted();
        (await AskAsync("tickets:comment", claims: its => its["acr"] = "pwd")).IsRefused("insufficient_user_authentication");
        var folder = Path.Combine(_broker.State, "policies");
        var rules = await File.ReadAllTextAsync(Path.Combine(folder, "10-rules.yaml"));
        var answer = await ReplayAsync(folder, rules);
        Assert.Equal((0L, 0L, 0L), ((long)answer["replayed"]!["gained"]!, (long)answer["replayed"]!["lost"]!, (long)answer["replayed"]!["changed"]!));
        Assert.Empty(answer["changes"]!.AsArray());

        answer = await ReplayAsync(folder, rules.Replace("amrAnyOf: [mfa]", "amrAnyOf: [fido]", StringComparison.Ordinal).Replace("acrAnyOf: [phr, phrh]", "acrAnyOf: [phr, phrh, pwd]", StringComparison.Ordinal));
        Assert.True((long)answer["replayed"]!["lost"]! >= 3, answer.ToJsonString());
        Assert.True((long)answer["replayed"]!["gained"]! >= 1, answer.ToJsonString());
        var lost = answer["accesses"]!.AsArray().First(access => (string)access!["outcome"]! is "lost")!;
        Assert.Equal(("agent", TestPolicies.Trackr, "AUTH_TOO_WEAK (read)"), ((string)lost["client"]!, (string)lost["resource"]!, (string)lost["because"]![0]!));
        Assert.True((int)lost["people"]! >= 3);
        Assert.DoesNotContain("00u-", answer.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains(answer["changes"]!.AsArray(), change => (string)change!["kind"]! is "changed" && (string)change["scope"]! is "tickets:read");

        // What hangs on the rest of the caller's address cannot be told.
        answer = await ReplayAsync(folder, rules.Replace("require: {auth: {amrAnyOf: [mfa]}}", "require: {network: {cidrAnyOf: [\"127.0.0.1/32\"]}}", StringComparison.Ordinal));
        Assert.True((long)answer["replayed"]!["unknown"]! >= 3, answer.ToJsonString());
        Assert.Equal(0, (long)answer["replayed"]!["lost"]!);

        var (status, text) = await SendAsync(HttpMethod.Post, "/admin/v1/policy/replay", Body(await File.ReadAllTextAsync(Path.Combine(folder, "00-catalog.yaml")), "kind: Nonsense"));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, true), (status, text.Contains("\"line\"", StringComparison.Ordinal)));
    }

    private async Task<JsonObject> ReplayAsync(string folder, string rules)
    {
        await _broker.AuditAsync("limit=1");       // what was just decided is in the log
        var (status, text) = await SendAsync(HttpMethod.Post, "/admin/v1/policy/replay", Body(await File.ReadAllTextAsync(Path.Combine(folder, "00-catalog.yaml")), rules));
        Assert.True(status is HttpStatusCode.OK, text);
        return JsonNode.Parse(text.TrimEnd('\n').Split('\n')[^1])!.AsObject();
    }

    private static JsonObject Body(string catalog, string rules) => new()
    {
        ["files"] = new JsonArray(new JsonObject { ["name"] = "00-catalog.yaml", ["text"] = catalog }, new JsonObject { ["name"] = "10-rules.yaml", ["text"] = rules }), ["days"] = 1,
    };
}
