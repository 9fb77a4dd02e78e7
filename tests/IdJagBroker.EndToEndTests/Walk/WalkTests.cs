using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.Demo.Walk;
using IdJagBroker.Protocol;

namespace IdJagBroker.EndToEndTests.Walk;

/// <summary>
/// Client → enterprise IdP → broker → authorization server → MCP server, in one process and over real sockets, with the official C#
/// MCP SDK in between: what a newcomer sees with <c>./demo.sh</c>.
/// </summary>
public sealed class WalkTests(DemoPostgres postgres) : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("idjag-walk-").FullName;

    public void Dispose() => Directory.Delete(_state, recursive: true);

    private DemoOptions Options(string kind = "okta") => new() { State = _state, FirstPort = 0, IdpKind = kind };

    private async Task<string[]> DatabaseAsync() => [$"--Database:ConnectionString={await postgres.CreateDatabaseAsync()}"];

    [Theory]
    [InlineData("okta")]
    [InlineData("entra")]
    [InlineData("ping")]
    [InlineData("oidc")]
    public async Task The_whole_path_goes_through_with_each_kind_of_identity_provider(string kind)
    {
        using var told = new StringWriter();

        Assert.Equal(0, await Demonstration.RunAsync(Options(kind), await DatabaseAsync(), told, TestContext.Current.CancellationToken));
        var story = told.ToString();
        Assert.Contains("oauth-id-jag+jwt", story, StringComparison.Ordinal);
        Assert.Contains("buy milk", story, StringComparison.Ordinal);
        Assert.Contains("403 Bearer error=\"insufficient_scope\"", story, StringComparison.Ordinal);
        Assert.Contains("The SDK reports: invalid_scope", story, StringComparison.Ordinal);
        Assert.Contains("The SDK reports: access_denied", story, StringComparison.Ordinal);
        Assert.Contains("idjag.issued", story, StringComparison.Ordinal);
        Assert.Matches(@"ID-JAG [\w-]{39}: reported\n   Audit row #\d+: idjag\.redeemed  client=notes-agent  subject=s_[\w-]+  scope=\[notes:read notes:write\]  expires_in=600\n", story.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task The_whole_path_goes_through_with_the_key_in_a_vault()
    {
        using var told = new StringWriter();
        var options = Options() with { Vault = Path.Combine(AppContext.BaseDirectory, "IdJagBroker.StandInVault.dll") };

        Assert.Equal(0, await Demonstration.RunAsync(options, await DatabaseAsync(), told, TestContext.Current.CancellationToken));
        Assert.Contains("a stand-in; each signature is a call to it", told.ToString(), StringComparison.Ordinal);
        Assert.Contains("/keys/notes-access-token/", told.ToString(), StringComparison.Ordinal);        // the vendor's tokens are signed there too
        Assert.Contains("buy milk", told.ToString(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_state));       // no key file, and nothing that knows a vault that is gone
    }

    [Fact, Trait("Spec", "JAG-27"), Trait("Spec", "RS-11"), Trait("Spec", "SEC-05")]
    public async Task No_token_of_the_path_does_for_another()
    {
        await using var world = await DemoWorld.StartAsync(Options(), await DatabaseAsync(), default);
        using var http = new HttpClient();
        using var browser = new Browser();
        var idToken = (await new CodeFlow(http, world.At.Idp, DemoClient.AtIdp, world.ClientSecret, DemoClient.Redirect).SignInAsync(browser, "ana", world.Password, default)).IdToken!;
        var idJag = (string)(await ExchangeAsync(http, world, idToken)).Body["access_token"]!;
        var accessToken = (string)(await RedeemAsync(http, world, idJag)).Body["access_token"]!;

        foreach (var wrong in new[] { idJag, accessToken }) Assert.Equal("invalid_grant", (string?)(await ExchangeAsync(http, world, wrong)).Body["error"]);
        foreach (var wrong in new[] { idToken, accessToken }) Assert.Equal("invalid_grant", (string?)(await RedeemAsync(http, world, wrong)).Body["error"]);
        Assert.Equal(HttpStatusCode.OK, await ListAsync(http, world, accessToken));
        foreach (var wrong in new[] { idToken, idJag }) Assert.Equal(HttpStatusCode.Unauthorized, await ListAsync(http, world, wrong));
    }

    [Fact, Trait("Spec", "RS-16"), Trait("Spec", "RS-13")]
    public async Task A_refused_tool_is_reached_by_a_new_id_jag_for_the_scope_that_the_refusal_named()
    {
        await using var world = await DemoWorld.StartAsync(Options(), await DatabaseAsync(), default);
        using var http = new HttpClient();
        using var browser = new Browser();
        var idToken = (await new CodeFlow(http, world.At.Idp, DemoClient.AtIdp, world.ClientSecret, DemoClient.Redirect).SignInAsync(browser, "sam", world.Password, default)).IdToken!;
        async Task<string> TokenAsync(string scope) =>
            (string)(await RedeemAsync(http, world, (string)(await ExchangeAsync(http, world, idToken, scope)).Body["access_token"]!)).Body["access_token"]!;

        var (status, needed) = await CallAsync(http, world, await TokenAsync("notes:read"), "notes.purge");
        Assert.Equal((HttpStatusCode.Forbidden, "notes:admin"), (status, needed));
        Assert.Equal(HttpStatusCode.OK, (await CallAsync(http, world, await TokenAsync($"notes:read {needed}"), "notes.purge")).Status);
    }

    [Fact]
    public async Task The_lines_by_hand_name_what_really_listens()
    {
        await using var world = await DemoWorld.StartAsync(Options(), await DatabaseAsync(), default);
        var lines = ByHand.Lines(world, Options());

        Assert.All([world.At.Broker + "/oauth2/token", world.At.Notes + "/token", world.Mcp, world.At.Management + "/admin/v1/audit/events", world.At.Management + "/admin/v1/audit/events/$JTI/redemption", world.At.Idp + "/authorize"],
            url => Assert.Contains(url, lines, StringComparison.Ordinal));
    }

    private static Task<(HttpStatusCode Status, JsonObject Body)> ExchangeAsync(HttpClient http, DemoWorld world, string subjectToken, string scope = "notes:read") => PostAsync(http, world.At.Broker + "/oauth2/token", new()
    {
        ["grant_type"] = GrantType.TokenExchange, ["requested_token_type"] = TokenType.IdJag, ["subject_token"] = subjectToken,
        ["subject_token_type"] = TokenType.IdToken, ["audience"] = world.At.Notes, ["resource"] = world.Mcp, ["scope"] = scope,
        ["client_id"] = DemoClient.AtBroker, ["client_secret"] = world.ClientSecret,
    });

    private static Task<(HttpStatusCode Status, JsonObject Body)> RedeemAsync(HttpClient http, DemoWorld world, string assertion) => PostAsync(http, world.At.Notes + "/token", new()
    {
        ["grant_type"] = GrantType.JwtBearer, ["assertion"] = assertion, ["client_id"] = DemoClient.AtNotes, ["client_secret"] = world.ClientSecret,
    });

    private static async Task<(HttpStatusCode, JsonObject)> PostAsync(HttpClient http, string url, Dictionary<string, string> form)
    {
        using var content = new FormUrlEncodedContent(form);
        using var response = await http.PostAsync(new Uri(url), content);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject());
    }

    private static async Task<HttpStatusCode> ListAsync(HttpClient http, DemoWorld world, string token) => (await CallAsync(http, world, token, "notes.list")).Status;

    private static async Task<(HttpStatusCode Status, string? NeededScope)> CallAsync(HttpClient http, DemoWorld world, string token, string tool)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, world.Mcp);
        request.Headers.Authorization = new("Bearer", token);
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        request.Content = new StringContent(
            $$$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"{{{{tool}}}}","arguments":{}}}""", System.Text.Encoding.UTF8, "application/json");
        using var response = await http.SendAsync(request);
        var challenge = response.Headers.WwwAuthenticate.FirstOrDefault()?.Parameter;
        return (response.StatusCode, challenge is null ? null : System.Text.RegularExpressions.Regex.Match(challenge, "scope=\"([^\"]*)\"").Groups[1].Value);
    }
}
