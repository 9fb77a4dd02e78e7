using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.ResourceServer;
using IdJagBroker.McpAuthorization.Tests.Support;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.McpAuthorization.Tests.ResourceServer;

/// <summary>An MCP server whose authorization server is elsewhere asks it about each token (RFC 7662), and believes no more than it has to.</summary>
public sealed class IntrospectionRequestTests : IAsyncLifetime
{
    private readonly LoopbackBroker _elsewhere = new();
    private Ras _mcp = null!;
    private string? _asked, _authorization, _contentType;
    private JsonObject _answer = [];

    public async ValueTask InitializeAsync()
    {
        await _elsewhere.InitializeAsync();
        _answer = new JsonObject { ["active"] = true, ["iss"] = Ras.Issuer, ["sub"] = "trk_4821", ["aud"] = Ras.Resource, ["client_id"] = Ras.Client, ["scope"] = "tickets:read", ["exp"] = ManualClock.T0.ToUnixTimeSeconds() + 60 };
        _elsewhere.Introspection = async http =>
        {
            (_asked, _authorization, _contentType) = (await new StreamReader(http.Request.Body).ReadToEndAsync(), http.Request.Headers.Authorization, http.Request.ContentType);
            await http.Response.WriteAsync(_answer.ToJsonString());
        };
        _mcp = await StartAsync();
    }

    private Task<Ras> StartAsync(Action<McpResourceServerOptions>? configure = null) => Ras.StartAsync(_elsewhere, new RasSetup
    {
        Mcp = options =>
        {
            options.Introspection = new IntrospectionOptions { Endpoint = _elsewhere.Issuer + "/introspect", ClientId = "mcp server/1", Secret = "a+b:c%d" };
            options.AllowTool("pay").RequireSignIn("pay", ["phr"]);
            configure?.Invoke(options);
        },
    });

    public async ValueTask DisposeAsync()
    {
        await _mcp.DisposeAsync();
        await _elsewhere.DisposeAsync();
    }

    [Fact, Trait("Spec", "AT-16"), Trait("Spec", "SEC-22")]
    public async Task Asks_on_each_request_and_keeps_nothing()
    {
        var called = await _mcp.CallAsync("Bearer opaque-token_1", Ras.Call("tickets.list"));
        Assert.Equal((200, "trk_4821", Ras.Client, "tickets:read"), (called.Status, (string)called.Json["name"]!, (string)called.Json["client_id"]!, (string)called.Json["scope"]!));
        Assert.Equal(("token=opaque-token_1&token_type_hint=access_token", "application/x-www-form-urlencoded"), (_asked, _contentType));
        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes("mcp+server%2F1:a%2Bb%3Ac%25d")), _authorization);

        _answer = new JsonObject { ["active"] = false };
        Assert.Equal(401, await _mcp.CallAsync("opaque-token_1"));
        Assert.Equal(1, _mcp.Handled);
    }

    public static TheoryData<string, string?> Bad => new()
    {
        { "iss", "\"https://other.example\"" }, { "iss", "7" }, { "aud", "\"https://mcp.trackr.example/other\"" }, { "aud", null }, { "aud", "[]" }, { "sub", null }, { "sub", "\"\"" }, { "client_id", null },
        { "exp", "0" }, { "exp", "\"soon\"" }, { "nbf", "9999999999" }, { "nbf", "\"x\"" }, { "scope", "7" }, { "scope", "\"a\\\"b\"" }, { "acr", "7" }, { "auth_time", "\"x\"" }, { "jti", "7" }, { "cnf", "7" }, { "cnf", "{}" },
    };

    [Theory, Trait("Spec", "RS-10"), Trait("Spec", "AT-16"), MemberData(nameof(Bad))]
    public async Task Lets_nobody_in_by_an_answer_that_is_not_good_for_this_server(string member, string? value)
    {
        Assert.Equal(200, await _mcp.CallAsync("opaque"));
        if (value is null) _answer.Remove(member);
        else _answer[member] = JsonNode.Parse(value);
        Assert.Equal(401, await _mcp.CallAsync("opaque"));
    }

    [Theory, Trait("Spec", "AT-16"), InlineData("iss"), InlineData("exp"), InlineData("nothing")]
    public async Task Does_without_what_the_rfc_leaves_open(string member)
    {
        _answer.Remove(member);
        _answer["aud"] = new JsonArray("https://mcp.trackr.example/other", Ras.Resource);
        Assert.Equal(200, await _mcp.CallAsync("opaque"));
    }

    [Fact, Trait("Spec", "RS-13"), Trait("Spec", "RS-15"), Trait("Spec", "RS-17")]
    public async Task Minds_scope_sign_in_and_key_of_the_answer()
    {
        Assert.Equal(403, (await _mcp.CallAsync("Bearer opaque", Ras.Call("tickets.purge"))).Status);
        Assert.Equal(401, (await _mcp.CallAsync("Bearer opaque", Ras.Call("pay"))).Status);
        _answer["acr"] = "phr";
        Assert.Equal(200, (await _mcp.CallAsync("Bearer opaque", Ras.Call("pay"))).Status);

        using var prover = new Prover();
        _answer["cnf"] = new JsonObject { ["jkt"] = prover.Thumbprint };
        Assert.Equal(401, await _mcp.CallAsync("opaque"));
        Assert.Equal(200, (await _mcp.CallToolAsync("opaque", prover.CallProof("opaque").Encode())).Status);
    }

    [Fact, Trait("Spec", "AT-16"), Trait("Spec", "RS-10")]
    public async Task A_jwt_has_to_be_good_by_itself_too()
    {
        var token = _mcp.AccessToken();
        Assert.Equal(200, await _mcp.CallAsync(token.Encode()));
        Assert.Equal($"token={token.Encode()}&token_type_hint=access_token".Length, _asked!.Length);

        (_answer["sub"], _asked) = ("trk_other", null);
        Assert.Equal(401, await _mcp.CallAsync(token.Encode()));           // an answer about somebody else
        (_answer["sub"], _answer["client_id"]) = ("trk_4821", Ras.OtherClient);
        Assert.Equal(401, await _mcp.CallAsync(token.Encode()));
        (_answer["client_id"], _answer["active"]) = (Ras.Client, false);
        Assert.Equal(401, await _mcp.CallAsync(token.Encode()));

        (_answer["active"], _asked) = (true, null);
        token.Claims["aud"] = "https://mcp.trackr.example/other";
        Assert.Equal(401, await _mcp.CallAsync(token.Encode()));
        Assert.Null(_asked);                                               // and nobody is asked about what is bad in itself
    }

    public static TheoryData<string> Failures => ["500", "401", "302", "not json", "a list", "no active", "active twice", "active as text", "too large", "never", "broken off"];

    [Theory, Trait("Spec", "AT-16"), Trait("Spec", "SEC-16"), MemberData(nameof(Failures))]
    public async Task Cannot_tell_without_an_answer(string how)
    {
        var good = _elsewhere.Introspection;
        var gone = new TaskCompletionSource();
        _elsewhere.Introspection = async http =>
        {
            switch (how)
            {
                case "500" or "401": http.Response.StatusCode = int.Parse(how, System.Globalization.CultureInfo.InvariantCulture); await http.Response.WriteAsync(_answer.ToJsonString()); break;
                case "302": http.Response.Redirect(_elsewhere.Issuer + "/canary"); break;
                case "not json": await http.Response.WriteAsync("active"); break;
                case "a list": await http.Response.WriteAsync("[" + _answer.ToJsonString() + "]"); break;
                case "no active": _answer.Remove("active"); await http.Response.WriteAsync(_answer.ToJsonString()); break;
                case "active twice": await http.Response.WriteAsync(_answer.ToJsonString().Replace("{\"active\":true", "{\"active\":false,\"active\":true", StringComparison.Ordinal)); break;
                case "active as text": _answer["active"] = "true"; await http.Response.WriteAsync(_answer.ToJsonString()); break;
                case "too large": await http.Response.WriteAsync(_answer.ToJsonString() + new string(' ', IssuerFetch.MaxBytes)); break;
                case "never": await gone.Task; break;
                case "broken off": http.Response.ContentLength = 9000; await http.Response.WriteAsync("{"); http.Abort(); break;
            }
        };
        await using var mcp = await StartAsync(options => options.Introspection!.Timeout = TimeSpan.FromMilliseconds(how is "never" ? 300 : 5000));

        var answer = await mcp.CallAsync("Bearer opaque", Ras.Call("tickets.list"));

        Assert.Equal((503, "5", 0), (answer.Status, answer.Header("Retry-After"), mcp.Handled));
        Assert.Contains(mcp.Logs, line => line.StartsWith("1103 ", StringComparison.Ordinal));
        Assert.DoesNotContain(mcp.Logs, line => line.Contains("a+b:c%d", StringComparison.Ordinal));
        Assert.Equal(0, _elsewhere.CanaryHits);
        gone.SetResult();
        (_elsewhere.Introspection, _answer["active"]) = (good, true);
        Assert.Equal(200, await mcp.CallAsync("opaque"));
    }

    [Fact, Trait("Spec", "AT-16"), Trait("Spec", "RAS-49")]
    public async Task Two_applications_together()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        var issuer = $"http://127.0.0.1:{port}";
        await using var server = await RecordingRas.StartAsync(_elsewhere, AccessTokenFormat.Opaque, options => options.Issuer = issuer, port: port);
        await using var mcp = await StartAsync(options =>
        {
            options.AuthorizationServer = issuer;
            (options.Introspection!.Endpoint, options.Introspection.ClientId, options.Introspection.Secret) = (null, RecordingRas.Asker, RecordingRas.AskerSecret);
        });
        var idJag = _elsewhere.IdJag();
        idJag.Claims["aud"] = issuer;
        var token = await server.TokenAsync(idJag);

        Assert.Equal(200, await mcp.CallAsync(token));
        await server.RevokeAsync(token);
        Assert.Equal(401, await mcp.CallAsync(token));
        await server.StopAsync();
        Assert.Equal(503, await mcp.CallAsync(token));
    }
}
