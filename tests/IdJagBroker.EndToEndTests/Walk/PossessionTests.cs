using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Demo.Walk;
using IdJagBroker.Protocol;
using IdJagBroker.Shared;

namespace IdJagBroker.EndToEndTests.Walk;

/// <summary>One key from the broker to the tool: what the client proves there binds the ID-JAG, and that the access token (requirements §8).</summary>
public sealed class PossessionTests(DemoPostgres postgres) : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("idjag-dpop-").FullName;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _thief = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly HttpClient _http = new();

    public void Dispose()
    {
        _http.Dispose();
        _key.Dispose();
        _thief.Dispose();
        Directory.Delete(_state, recursive: true);
    }

    [Fact, Trait("Spec", "POP-07"), Trait("Spec", "POP-08"), Trait("Spec", "POP-09"), Trait("Spec", "POP-20"), Trait("Spec", "RS-17")]
    public async Task Whoever_steals_a_token_of_the_path_can_do_nothing_without_the_key()
    {
        await using var world = await DemoWorld.StartAsync(
            new DemoOptions { State = _state, FirstPort = 0, IdpKind = "okta" }, [$"--Database:ConnectionString={await postgres.CreateDatabaseAsync()}"], default);
        using var browser = new Browser();
        var idToken = (await new CodeFlow(_http, world.At.Idp, DemoClient.AtIdp, world.ClientSecret, DemoClient.Redirect).SignInAsync(browser, "ana", world.Password, default)).IdToken!;
        var (exchange, redemption) = (world.At.Broker + "/oauth2/token", world.At.Notes + "/token");

        var idJag = (string)(await PostAsync(exchange, Proof(_key, exchange), new()
        {
            ["grant_type"] = GrantType.TokenExchange, ["requested_token_type"] = TokenType.IdJag, ["subject_token"] = idToken, ["subject_token_type"] = TokenType.IdToken,
            ["audience"] = world.At.Notes, ["resource"] = world.Mcp, ["scope"] = "notes:read", ["client_id"] = DemoClient.AtBroker, ["client_secret"] = world.ClientSecret,
        }))["access_token"]!;
        Task<JsonObject> RedeemAsync(string? proof, string grant = GrantType.JwtBearer) => PostAsync(redemption, proof, new()
        {
            ["grant_type"] = grant, ["assertion"] = idJag, ["client_id"] = DemoClient.AtNotes, ["client_secret"] = world.ClientSecret,
        });
        Assert.Equal("invalid_grant", (string?)(await RedeemAsync(null))["error"]);
        Assert.Equal("invalid_grant", (string?)(await RedeemAsync(Proof(_thief, redemption)))["error"]);
        var answer = await RedeemAsync(Proof(_key, redemption), GrantType.JwtDpop);
        Assert.Equal("DPoP", (string?)answer["token_type"]);

        var token = (string)answer["access_token"]!;
        Assert.Equal(HttpStatusCode.OK, await ListAsync(world, "DPoP " + token, Proof(_key, world.Mcp, token)));
        Assert.Equal(HttpStatusCode.Unauthorized, await ListAsync(world, "DPoP " + token, Proof(_thief, world.Mcp, token)));
        Assert.Equal(HttpStatusCode.Unauthorized, await ListAsync(world, "DPoP " + token, null));
        Assert.Equal(HttpStatusCode.Unauthorized, await ListAsync(world, "Bearer " + token, Proof(_key, world.Mcp, token)));
    }

    private static string Proof(ECDsa key, string url, string? accessToken = null)
    {
        var q = key.ExportParameters(false).Q;
        var claims = new JsonObject { ["jti"] = Guid.NewGuid().ToString("N"), ["htm"] = "POST", ["htu"] = url, ["iat"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() };
        if (accessToken is not null) claims["ath"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken)));
        return Jwts.Sign(new JsonObject
        {
            ["typ"] = "dpop+jwt", ["alg"] = "ES256",
            ["jwk"] = new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["x"] = Base64Url.EncodeToString(q.X!), ["y"] = Base64Url.EncodeToString(q.Y!) },
        }, claims, key);
    }

    private async Task<JsonObject> PostAsync(string url, string? proof, Dictionary<string, string> form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new FormUrlEncodedContent(form) };
        if (proof is not null) request.Headers.Add("DPoP", proof);
        using var response = await _http.SendAsync(request);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
    }

    private async Task<HttpStatusCode> ListAsync(DemoWorld world, string authorization, string? proof)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, world.Mcp);
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        if (proof is not null) request.Headers.Add("DPoP", proof);
        request.Content = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"notes.list","arguments":{}}}""", Encoding.UTF8, "application/json");
        using var response = await _http.SendAsync(request);
        return response.StatusCode;
    }
}
