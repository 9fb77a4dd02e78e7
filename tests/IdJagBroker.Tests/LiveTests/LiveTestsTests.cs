using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.LiveTests;
using IdJagBroker.Shared;
using IdJagBroker.Tests.Storage;
using IdJagBroker.Tests.Upstreams;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Tests.LiveTests;

/// <summary>Tests on the groups that people really have: asked of the directory in its documented form, and what cannot be told is never taken for good.</summary>
public sealed class LiveTestsTests(ProvidersFixture providers) : IClassFixture<ProvidersFixture>
{
    private const string Head =
        """
        apiVersion: broker/v1
        kind: Tests
        metadata: {name: live}
        now: 2026-11-29T12:00:00Z
        subjects:
          ana: {sub: "oktadir|u-live-ana", groups: [oktadir-eng], authAge: 1m, amr: [mfa]}
          bob: {sub: "oktadir|u-live-bob", authAge: 1m, amr: [mfa]}
          cai: {sub: "oktadir|u-live-cai", authAge: 1m, amr: [mfa]}
          dee: {sub: "oktaplain|u-live-dee", authAge: 1m, amr: [mfa]}
        tests:

        """;

    private static string Test(string name, string who, string outcome, bool live = true) =>
        $"  - {{name: {name}, {(live ? "live: true, " : "")}ask: {{subject: {who}, client: agent, resource: members-mcp, scopes: [read]}}, expect: {{outcome: {outcome}}}}}\n";

    private void InDirectory(string person, string body, int status = 200) => providers.Host.On($"/api/v1/users/{person}/groups", body, status);

    private async Task<(HttpStatusCode Status, JsonNode Body)> SendAsync(HttpMethod method, JsonObject? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(providers.Broker.Management, "/admin/v1/policy/live-tests"));
        request.Headers.Authorization = new("Bearer", BrokerFixture.ManagementToken);
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var response = await providers.Broker.Http.SendAsync(request);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }

    private async Task<JsonNode> RunAsync(string tests)
    {
        var (status, body) = await SendAsync(HttpMethod.Post, new JsonObject { ["files"] = new JsonArray(new JsonObject { ["name"] = "tests/live.yaml", ["text"] = Head + tests }) });
        Assert.True(status is HttpStatusCode.OK, body.ToJsonString());
        return body;
    }

    [Fact]
    public async Task Asks_the_directory_and_not_the_file()
    {
        InDirectory("u-live-ana", "[]");
        InDirectory("u-live-bob", """[{"id":"g-eng"}]""");
        var report = await RunAsync(Test("ana may", "ana", "allow") + Test("bob may not", "bob", "deny") + Test("only a file", "ana", "allow", live: false));

        Assert.Equal(("failed", 2, 0, 2, 0), ((string)report["outcome"]!, (int)report["tests"]!, (int)report["passed"]!, (int)report["failed"]!, (int)report["unknown"]!));
        var (ana, bob) = (report["results"]![0]!, report["results"]![1]!);
        Assert.Equal(("ana may", "not_as_expected", """["oktadir-eng"]""", null), ((string)ana["name"]!, (string)ana["result"]!, ana["left"]!.ToJsonString(), ana["joined"]));
        Assert.Equal(("outcome", "allow", "deny NO_RULE_MATCHED"), ((string)ana["mismatches"]![0]!["member"]!, (string)ana["mismatches"]![0]!["expected"]!, (string)ana["mismatches"]![0]!["got"]!));
        Assert.Equal(("not_as_expected", """["oktadir-eng"]"""), ((string)bob["result"]!, bob["joined"]!.ToJsonString()));

        var e = Assert.Single(await providers.Broker.AuditAsync("type=policy.live_tests&limit=1"))!;
        Assert.Equal(("admin", "error", "LIVE_TESTS_FAILED", "asked"), ((string)e["actor"]!["kind"]!, (string)e["outcome"]!, (string)e["reason"]!, (string)e["data"]!["trigger"]!));
        Assert.Equal("""[{"file":"tests/live.yaml","line":11,"why":"not_as_expected"},{"file":"tests/live.yaml","line":12,"why":"not_as_expected"}]""", e["data"]!["results"]!.ToJsonString());
        Assert.DoesNotContain("ana", e["data"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_told_does_not_pass_and_who_is_gone_fails()
    {
        InDirectory("u-live-cai", """{"errorCode":"E0000007","errorSummary":"Not found"}""", 404);
        var report = await RunAsync(Test("gone", "cai", "deny") + Test("nobody knows", "dee", "deny"));
        Assert.Equal(["person_gone", "no_directory"], report["results"]!.AsArray().Select(result => (string)result!["result"]!));
        Assert.Equal(("failed", 0, 1, 1), ((string)report["outcome"]!, (int)report["passed"]!, (int)report["failed"]!, (int)report["unknown"]!));
        report = await RunAsync(Test("nobody knows", "dee", "deny"));
        Assert.Equal("unknown", (string)report["outcome"]!);
    }

    [Fact]
    public async Task Waits_for_a_directory_that_wants_to_be_left_alone_and_then_says_that_it_did_not_answer()
    {
        var asked = 0;
        providers.Host.On("/api/v1/users/u-live-busy/groups", async http =>
        {
            http.Response.StatusCode = Interlocked.Increment(ref asked) is 1 ? 429 : 200;
            http.Response.Headers.RetryAfter = "1";
            await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(asked is 1 ? "{}" : """[{"id":"g-eng"}]"""));
        });
        var busy = Head.Replace("u-live-ana", "u-live-busy", StringComparison.Ordinal);
        var (_, report) = await SendAsync(HttpMethod.Post, new JsonObject { ["files"] = new JsonArray(new JsonObject { ["name"] = "a_test.yaml", ["text"] = busy + Test("busy", "ana", "allow") }) });
        Assert.Equal(("passed", 2), ((string)report["outcome"]!, asked));

        InDirectory("u-live-down", "{}", 500);
        var down = Head.Replace("u-live-ana", "u-live-down", StringComparison.Ordinal);
        (_, report) = await SendAsync(HttpMethod.Post, new JsonObject { ["files"] = new JsonArray(new JsonObject { ["name"] = "a_test.yaml", ["text"] = down + Test("down", "ana", "allow") }) });
        Assert.Equal("directory_unavailable", (string)report["results"]![0]!["result"]!);
    }

    [Theory]
    [InlineData("people.yaml", "x", HttpStatusCode.BadRequest, "invalid-request")]
    [InlineData("tests/.people.yaml", "x", HttpStatusCode.BadRequest, "invalid-request")]
    [InlineData("../tests/people.yaml", "x", HttpStatusCode.BadRequest, "invalid-request")]
    [InlineData("tests/people.yaml", "a: [", HttpStatusCode.UnprocessableEntity, "policy-invalid")]
    [InlineData("tests/people.yaml", "apiVersion: broker/v1\nkind: Policy\n", HttpStatusCode.UnprocessableEntity, "policy-invalid")]
    public async Task Refuses_files_that_are_no_tests(string name, string text, HttpStatusCode expected, string word)
    {
        var (status, body) = await SendAsync(HttpMethod.Post, new JsonObject { ["files"] = new JsonArray(new JsonObject { ["name"] = name, ["text"] = text }) });
        Assert.Equal((expected, "urn:idjag:problem:" + word), (status, (string?)body["type"]));
    }

    [Fact]
    public async Task Refuses_a_live_test_about_nobody_in_particular()
    {
        var text = Head.Replace("sub: \"oktadir|u-live-ana\"", "idp: oktadir", StringComparison.Ordinal) + Test("nobody", "ana", "allow");
        var (status, body) = await SendAsync(HttpMethod.Post, new JsonObject { ["files"] = new JsonArray(new JsonObject { ["name"] = "tests/live.yaml", ["text"] = text }) });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        var problem = Assert.Single(body["diagnostics"]!.AsArray(), one => (string?)one!["severity"] is "error")!;
        Assert.Equal(("FIELD_MISSING", 11), ((string?)problem["code"], (int)problem["line"]!));
    }

    [Fact]
    public async Task Every_night_one_replica_runs_them_and_the_others_know_how_it_ended()
    {
        InDirectory("u-live-nia", """[{"id":"g-eng"}]""");        // asked about nowhere else: what a directory said is known for a while
        await File.WriteAllTextAsync(Path.Combine(providers.Broker.State, "policies", "live_test.yaml"), Head.Replace("u-live-ana", "u-live-nia", StringComparison.Ordinal) + Test("ana may", "ana", "allow") + Test("nobody knows", "dee", "deny"));
        try
        {
            await using var replica = await providers.Broker.StartReplicaAsync();
            foreach (var wrong in (double[])[-5, 1])
            {
                using var idle = Nightly(providers.Broker.Services, wrong);
                await idle.LookAsync(default);
                Assert.Equal(0, await NightsAsync());
            }

            using var here = Nightly(providers.Broker.Services, -0.5);
            using var there = Nightly(replica.Services, -0.5);
            await Task.WhenAll(here.LookAsync(default), there.LookAsync(default));
            await Task.WhenAll(here.LookAsync(default), there.LookAsync(default));
            Assert.Equal(1, await NightsAsync());
            var e = Assert.Single(await providers.Broker.AuditAsync("type=policy.live_tests&limit=10"), e => (string?)e!["data"]!["trigger"] is "nightly")!;
            Assert.Equal(("system", "LIVE_TESTS_UNKNOWN", 1, 1), ((string)e["actor"]!["kind"]!, (string)e["reason"]!, (int)e["data"]!["passed"]!, (int)e["data"]!["unknown"]!));
            var (_, last) = await SendAsync(HttpMethod.Get);
            Assert.Equal(("unknown", 2), ((string)last["outcome"]!, (int)last["tests"]!));
        }
        finally
        {
            File.Delete(Path.Combine(providers.Broker.State, "policies", "live_test.yaml"));
        }
    }

    // As if the hour were so many hours from now.
    private static NightlyTests Nightly(IServiceProvider services, double hours) =>
        ActivatorUtilities.CreateInstance<NightlyTests>(services, Options.Create(new LiveTestOptions { At = TimeOnly.FromDateTime(DateTime.UtcNow.AddHours(hours)) }));

    private Task<long> NightsAsync() => Sql.ScalarAsync<long>(providers.Broker.ConnectionString, "select count(*) from live_test_run");
}
