using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.Tests.Upstreams;

/// <summary>
/// People whose token does not list all their groups (SEC-36): the directory is asked in its documented form, and what it does not
/// answer is a refusal, never "no groups".
/// </summary>
public sealed class GroupDirectoryTests(ProvidersFixture providers) : IClassFixture<ProvidersFixture>
{
    private static readonly JsonArray Hundred = [.. Enumerable.Range(0, 99).Select(i => (JsonNode)$"g-{i}"), "g-eng"];
    private const string Eng = """[{"id":"g-eng","profile":{"name":"renamed"}}]""";

    private ProviderHost Host => providers.Host;

    private string Okta(string user, JsonArray? groups = null, string alias = "oktadir") =>
        providers.IdToken(alias, (_, claims) => (claims["sub"], claims["groups"]) = (user, (groups ?? Hundred).DeepClone()));

    private string Entra(Guid person, Action<JsonObject>? change = null) => providers.IdToken("single", (_, claims) =>
    {
        claims["oid"] = person.ToString("D");
        claims.Remove("groups");
        claims["_claim_names"] = new JsonObject { ["groups"] = "src1" };
        claims["_claim_sources"] = new JsonObject { ["src1"] = new JsonObject { ["endpoint"] = "https://graph.windows.net/evil" } };
        change?.Invoke(claims);
    });

    private void OnGraph(Guid person, string body, int status = 200)
    {
        Host.On($"/{ProvidersFixture.SingleTenant}/oauth2/v2.0/token", """{"token_type":"Bearer","expires_in":3599,"access_token":"graph-token"}""");
        Host.On($"/v1.0/users/{person:D}/getMemberObjects", body, status);
    }

    private async Task IsAwayAsync(string idToken)
    {
        var started = Stopwatch.GetTimestamp();
        var answer = await providers.AtAsync("members", idToken);
        answer.IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);
        Assert.NotNull(answer.Headers.RetryAfter?.Delta);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(4), "the refusal took too long");
        Assert.Equal("DIRECTORY_UNAVAILABLE", (string?)(await providers.Broker.ExplainAsync(answer))["reason"]);
    }

    [Fact, Trait("Spec", "SEC-36")]
    public async Task Asks_okta_for_all_pages_when_a_hundred_groups_are_stated()
    {
        Host.On("/api/v1/users/u-pages/groups", http =>
        {
            var next = http.Request.Query["after"].Count is 0;
            http.Response.Headers.Append("Link", $"<{Host.Url}/api/v1/users/u-pages/groups>; rel=\"self\"");
            if (next) http.Response.Headers.Append("Link", $"<{Host.Url}/api/v1/users/u-pages/groups?after=2>; rel=\"next\"");
            return WriteAsync(http, next ? """[{"id":"g-first"}]""" : Eng);
        });
        JsonArray others = [.. Enumerable.Range(0, 100).Select(i => (JsonNode)$"g-{i}")];

        (await providers.AtAsync("members", Okta("u-pages", others))).IsGranted();
        Assert.Equal(2, Host.CountOf("u-pages"));
        Assert.All(Host.Asked.Where(asked => asked.Path.Contains("u-pages", StringComparison.Ordinal)), asked => Assert.Equal("SSWS secret-of-oktadir", asked.Authorization));

        (await providers.AtAsync("members", Okta("u-pages", others))).IsGranted();
        Assert.Equal(2, Host.CountOf("u-pages"));       // kept
    }

    [Fact, Trait("Spec", "SEC-36")]
    public async Task Asks_nobody_when_the_token_states_them_all()
    {
        JsonArray all = [.. Enumerable.Range(0, 98).Select(i => (JsonNode)$"g-{i}"), "g-eng"];
        (await providers.AtAsync("members", Okta("u-99", all))).IsGranted();
        Assert.Equal(0, Host.CountOf("u-99"));
    }

    [Fact, Trait("Spec", "SEC-36")]
    public async Task Believes_the_directory_and_not_the_cut_list()
    {
        Host.On("/api/v1/users/u-left/groups", """[{"id":"g-other"}]""");
        (await providers.AtAsync("members", Okta("u-left"))).IsRefused("access_denied");
    }

    [Fact, Trait("Spec", "SEC-36")]
    public async Task Takes_groups_for_unknown_where_no_directory_is_configured()
    {
        (await providers.AtAsync("members", Okta("u-nodir", alias: "oktaplain"))).IsRefused("access_denied");
        (await providers.AtAsync("members", Okta("u-nodir", ["g-eng"], "oktaplain"))).IsGranted();
    }

    [Fact, Trait("Spec", "SEC-36")]
    public async Task Asks_the_directory_for_everybody_where_the_token_has_no_groups()
    {
        Host.On("/api/v1/users/u-claimless/groups", Eng);
        (await providers.AtAsync("members", providers.IdToken("oktadir", (_, claims) => claims["sub"] = "u-claimless"))).IsGranted();
        Assert.Equal(1, Host.CountOf("u-claimless"));
    }

    [Fact, Trait("Spec", "SEC-36")]
    public async Task Asks_once_for_many_requests_at_once()
    {
        Host.On("/api/v1/users/u-crowd/groups", async http =>
        {
            await Task.Delay(400);
            await WriteAsync(http, Eng);
        });
        var idToken = Okta("u-crowd");
        foreach (var answer in await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => providers.AtAsync("members", idToken)))) answer.IsGranted();
        Assert.Equal(1, Host.CountOf("u-crowd"));
    }

    [Theory, Trait("Spec", "SEC-36")]
    [InlineData("401", 401, """{"errorCode":"E0000011"}""")]
    [InlineData("403", 403, """{"errorCode":"E0000006"}""")]
    [InlineData("500", 500, "")]
    [InlineData("302", 302, "[]")]
    [InlineData("404", 404, """{"errorCode":"E0000022"}""")]
    [InlineData("html", 200, "<html>")]
    [InlineData("object", 200, """{"id":"g-eng"}""")]
    [InlineData("noid", 200, """[{"name":"g-eng"}]""")]
    [InlineData("number", 200, """[{"id":7}]""")]
    [InlineData("string", 200, """["g-eng"]""")]
    [InlineData("twice", 200, """[{"id":"g-x","id":"g-eng"}]""")]
    public async Task Refuses_while_okta_answers_anything_but_groups(string user, int status, string body)
    {
        Host.On($"/api/v1/users/u-{user}/groups", body, status, response => response.Headers.Location = Host.Url + "/elsewhere");
        await IsAwayAsync(Okta("u-" + user));
        Assert.Equal(0, Host.CountOf("elsewhere"));

        // It was not kept: as soon as the directory answers, all is well.
        Host.On($"/api/v1/users/u-{user}/groups", Eng);
        (await providers.AtAsync("members", Okta("u-" + user))).IsGranted();
    }

    [Fact, Trait("Spec", "SEC-36")]
    public async Task Refuses_when_the_directory_takes_longer_than_two_seconds()
    {
        Host.On("/api/v1/users/u-slow/groups", http => Task.Delay(TimeSpan.FromSeconds(20), http.RequestAborted));
        await IsAwayAsync(Okta("u-slow"));
    }

    [Fact, Trait("Spec", "SEC-36")]
    public async Task Refuses_more_groups_and_pages_than_a_person_can_have()
    {
        string Page(int groups) => new JsonArray([.. Enumerable.Range(0, groups).Select(i => (JsonNode)new JsonObject { ["id"] = $"g{i}" })]).ToJsonString();
        Host.On("/api/v1/users/u-many/groups", Page(11_001));
        Host.On("/api/v1/users/u-endless/groups", "[]", headers: response => response.Headers.Append("Link", $"<{Host.Url}/api/v1/users/u-endless/groups>; rel=\"next\""));
        Host.On("/api/v1/users/u-huge/groups", "[{\"id\":\"" + new string('x', 1024 * 1024) + "\"}]");

        await IsAwayAsync(Okta("u-many"));
        await IsAwayAsync(Okta("u-endless"));
        Assert.Equal(60, Host.CountOf("u-endless"));
        await IsAwayAsync(Okta("u-huge"));
    }

    [Fact, Trait("Spec", "SEC-16")]
    public async Task Never_takes_its_credentials_to_another_host()
    {
        await using var thief = await ProviderHost.StartAsync();
        Host.On("/api/v1/users/u-lured/groups", Eng, headers: response => response.Headers.Append("Link", $"<{thief.Url}/api>; rel=\"next\""));
        var person = new Guid("cccccccc-0000-4000-8000-000000000001");
        OnGraph(person, $$"""{"value":["g-eng"],"@odata.nextLink":"{{thief.Url}}/next"}""");

        await IsAwayAsync(Okta("u-lured"));
        await IsAwayAsync(Entra(person));
        Assert.Empty(thief.Asked);
    }

    [Fact, Trait("Spec", "SEC-36")]
    public async Task Leaves_a_directory_alone_for_as_long_as_it_asks()
    {
        Host.On("/api/v1/users/u-429/groups", "{}", 429, response => response.Headers.RetryAfter = "60");
        string Token(string user) => providers.IdToken("oktalimited", (_, claims) => claims["sub"] = user);

        await IsAwayAsync(Token("u-429"));
        var answer = await providers.AtAsync("members", Token("u-next"));
        answer.IsRefused("temporarily_unavailable", HttpStatusCode.ServiceUnavailable);
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 50, 60);
        Assert.Equal(0, Host.CountOf("u-next"));
    }

    [Fact, Trait("Spec", "IDP-38")]
    public async Task Refuses_a_person_whom_the_directory_no_longer_knows()
    {
        Host.On("/api/v1/users/u-gone/groups", """{"errorCode":"E0000007","errorSummary":"Not found: Resource not found: u-gone (User)"}""", 404);
        var person = new Guid("cccccccc-0000-4000-8000-000000000002");
        OnGraph(person, """{"error":{"code":"Request_ResourceNotFound","message":"Resource does not exist"}}""", 404);

        foreach (var idToken in new[] { Okta("u-gone"), Entra(person) })
        {
            var answer = await providers.AtAsync("members", idToken);
            answer.IsRefused("invalid_grant");
            Assert.Equal("the directory knows no such person", (string?)(await providers.Broker.ExplainAsync(answer))["data"]!["detail"]);
        }
    }

    [Theory, Trait("Spec", "SEC-36")]
    [InlineData("_claim_names", 1), InlineData("hasgroups", 2), InlineData("malformed", 3), InlineData("absent", 4)]
    public async Task Asks_graph_when_entra_leaves_groups_out(string how, int number)
    {
        var person = new Guid($"dddddddd-0000-4000-8000-00000000000{number}");
        OnGraph(person, """{"value":["g-other","g-eng"]}""");
        (await providers.AtAsync("members", Entra(person, claims =>
        {
            if (how is not "_claim_names") claims.Remove("_claim_names");
            if (how is "hasgroups") (claims["hasgroups"], claims["groups"]) = (true, new JsonArray());
            if (how is "malformed") (claims["_claim_names"], claims["groups"]) = ("groups", new JsonArray());
        }))).IsGranted();

        var asked = Host.Asked.Single(asked => asked.Path == $"/v1.0/users/{person:D}/getMemberObjects");
        Assert.Equal(("Bearer graph-token", """{"securityEnabledOnly":false}"""), (asked.Authorization, asked.Body));
        var token = Host.Asked.First(asked => asked.Path == $"/{ProvidersFixture.SingleTenant}/oauth2/v2.0/token").Body;
        Assert.Equal($"grant_type=client_credentials&client_id=our-app&client_secret=secret-of-single&scope={Uri.EscapeDataString(Host.Url + "/.default")}", token);
    }

    [Fact, Trait("Spec", "SEC-36")]
    public async Task Follows_graphs_next_page()
    {
        var person = new Guid("dddddddd-0000-4000-8000-000000000005");
        OnGraph(person, $$"""{"value":["g-other"],"@odata.nextLink":"{{Host.Url}}/v1.0/next?$skiptoken=x"}""");
        Host.On("/v1.0/next", """{"value":["g-eng"]}""");
        (await providers.AtAsync("members", Entra(person))).IsGranted();
    }

    [Theory, Trait("Spec", "SEC-36")]
    [InlineData(200, """{"value":"g-eng"}"""), InlineData(200, """["g-eng"]"""), InlineData(200, """{"value":[{"id":"g-eng"}]}"""), InlineData(200, "{}")]
    [InlineData(400, """{"error":{"code":"Directory_ResultSizeLimitExceeded"}}"""), InlineData(401, """{"error":{"code":"InvalidAuthenticationToken"}}""")]
    [InlineData(404, """{"error":{"code":"BadRequest"}}"""), InlineData(200, """{"value":["g-eng"],"@odata.nextLink":7}""")]
    public async Task Refuses_while_graph_answers_anything_but_groups(int status, string body)
    {
        var person = Guid.NewGuid();
        OnGraph(person, body, status);
        await IsAwayAsync(Entra(person));
    }

    [Theory, Trait("Spec", "SEC-36")]
    [InlineData(401, """{"error":"invalid_client"}"""), InlineData(200, """{"expires_in":3599}"""), InlineData(200, """{"access_token":"a\r\nb","expires_in":3599}""")]
    public async Task Refuses_while_it_gets_no_token_for_graph_and_gets_a_new_one_when_the_old_no_longer_serves(int status, string body)
    {
        var person = Guid.NewGuid();
        OnGraph(person, "{}", 401);
        await IsAwayAsync(Entra(person));           // whatever token was kept is dropped

        Host.On($"/{ProvidersFixture.SingleTenant}/oauth2/v2.0/token", body, status);
        Host.On($"/v1.0/users/{person:D}/getMemberObjects", """{"value":["g-eng"]}""");
        await IsAwayAsync(Entra(person));
        OnGraph(person, """{"value":["g-eng"]}""");
        (await providers.AtAsync("members", Entra(person))).IsGranted();
    }

    private static async Task WriteAsync(HttpContext http, string body)
    {
        http.Response.ContentType = "application/json";
        await http.Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes(body));
    }
}
