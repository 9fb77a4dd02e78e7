using System.Text.Json.Nodes;
using IdJagBroker.Demo.Walk;
using IdJagBroker.Protocol;

namespace IdJagBroker.EndToEndTests.Walk;

/// <summary>The library at one end, the broker at the other: what a vendor's server did with an ID-JAG is in the enterprise's log, whatever is away meanwhile.</summary>
public sealed class ReceiptTests(DemoPostgres postgres) : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("idjag-receipts-").FullName;

    public void Dispose() => Directory.Delete(_state, recursive: true);

    [Fact]
    public async Task What_the_vendors_server_redeemed_and_refused_is_in_the_enterprises_log_once()
    {
        await using var world = await DemoWorld.StartAsync(new DemoOptions { State = _state, FirstPort = 0 }, [$"--Database:ConnectionString={await postgres.CreateDatabaseAsync()}"], default);
        using var http = new HttpClient();
        using var browser = new Browser();
        var idToken = (await new CodeFlow(http, world.At.Idp, DemoClient.AtIdp, world.ClientSecret, DemoClient.Redirect).SignInAsync(browser, "ana", world.Password, default)).IdToken!;
        var idJag = (string)(await PostAsync(http, world.At.Broker + "/oauth2/token", new()
        {
            ["grant_type"] = GrantType.TokenExchange, ["requested_token_type"] = TokenType.IdJag, ["subject_token"] = idToken, ["subject_token_type"] = TokenType.IdToken,
            ["audience"] = world.At.Notes, ["resource"] = world.Mcp, ["scope"] = "notes:read", ["client_id"] = DemoClient.AtBroker, ["client_secret"] = world.ClientSecret,
        }))["access_token"]!;
        Task<JsonObject> RedeemAsync(string scope) => PostAsync(http, world.At.Notes + "/token", new()
        {
            ["grant_type"] = GrantType.JwtBearer, ["assertion"] = idJag, ["scope"] = scope, ["client_id"] = DemoClient.AtNotes, ["client_secret"] = world.ClientSecret,
        });
        Assert.NotNull((await RedeemAsync("notes:read"))["access_token"]);
        Assert.Equal("invalid_scope", (string?)(await RedeemAsync("notes:admin"))["error"]);

        var jti = (string)JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(idJag.Split('.')[1]))!["jti"]!;
        JsonNode answer;
        for (var tries = 0; (answer = await AskAsync(http, world, jti))["receipts"]!.AsArray().Count < 2; tries++)
        {
            Assert.True(tries < 100, answer.ToJsonString());
            await Task.Delay(100);
        }
        Assert.Equal("reported", (string?)answer["redemption"]);
        Assert.Equal(["idjag.redeemed  ", "idjag.redeem_refused INVALID_SCOPE NO_SCOPE_LEFT"], answer["receipts"]!.AsArray().Select(one => $"{one!["type"]} {one["reason"]} {one["data"]!["reason"]}"));
        Assert.All(answer["receipts"]!.AsArray(), one => Assert.Equal((DemoClient.AtNotes, world.At.Notes, "notes"), ((string)one!["data"]!["client_id"]!, (string)one["authserver"]!, (string)one["actor"]!["key"]!)));
    }

    private static async Task<JsonNode> AskAsync(HttpClient http, DemoWorld world, string jti)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{world.At.Management}/admin/v1/audit/events/{jti}/redemption");
        request.Headers.Authorization = new("Bearer", world.ManagementToken);
        using var response = await http.SendAsync(request);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }

    private static async Task<JsonObject> PostAsync(HttpClient http, string url, Dictionary<string, string> form)
    {
        using var content = new FormUrlEncodedContent(form);
        using var response = await http.PostAsync(new Uri(url), content);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
    }
}
