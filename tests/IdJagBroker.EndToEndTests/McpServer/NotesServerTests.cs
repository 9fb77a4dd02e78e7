using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Demo.McpServer;
using IdJagBroker.McpAuthorization;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace IdJagBroker.EndToEndTests.McpServer;

/// <summary>The notes server as a vendor ships it: the library in front, the official client against it, a broker on the wire.</summary>
public sealed class NotesServerTests : IAsyncLifetime
{
    private const string ClientId = "cl-notes";
    private const string Secret = "a secret of more than thirty-two characters";
    private readonly HttpClient _http = new();
    private LoopbackBroker _broker = null!;
    private NotesServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await LoopbackBroker.StartAsync();
        _server = NotesServer.Create(new NotesServerOptions { Broker = _broker.Issuer, Clients = [new IdJagClient { ClientId = ClientId, Secret = Secret }] });
        await _server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
        await _broker.DisposeAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("2025-11-25")]
    public async Task The_official_client_calls_what_the_scopes_of_its_token_cover(string? version)
    {
        await using var client = await ConnectAsync(await TokenAsync("ana", "notes:read notes:write"), version);

        Assert.Equal(3, (await client.ListToolsAsync()).Count);
        Assert.Equal("Noted.", Text(await AddAsync(client, "buy milk")));
        Assert.Equal("buy milk", Text(await client.CallToolAsync("notes.list")));
    }

    [Theory]
    [InlineData("evil.example", HttpStatusCode.BadRequest)]
    [InlineData("127.0.0.1", HttpStatusCode.OK)]
    public async Task Does_not_answer_to_a_name_that_somebody_elses_page_gave_it(string host, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _server.Resource) { Content = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"tools/list"}""", Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await TokenAsync("ana", "notes:read"));
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        request.Headers.Host = host;
        request.Headers.Add("Origin", $"http://{host}");
        using var response = await _http.SendAsync(request);

        Assert.Equal(status, response.StatusCode);
    }

    [Theory, Trait("Spec", "RS-13"), Trait("Spec", "RS-20")]
    [InlineData("notes.list", "notes:write notes:admin", "notes:read")]
    [InlineData("notes.add", "notes:read notes:admin", "notes:write")]
    [InlineData("notes.purge", "notes:read notes:write", "notes:admin")]
    public async Task Refuses_a_tool_whose_scope_the_token_lacks_and_names_it(string tool, string scope, string needed)
    {
        await using (var ana = await ConnectAsync(await TokenAsync("ana", "notes:write"))) await AddAsync(ana, "ana's");
        using var response = await PostAsync(Call(tool), await TokenAsync("ana", scope));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        var challenge = response.Headers.WwwAuthenticate.Single().ToString();
        Assert.Contains("error=\"insufficient_scope\"", challenge, StringComparison.Ordinal);
        Assert.Contains($"scope=\"{needed}\"", challenge, StringComparison.Ordinal);
        await using var again = await ConnectAsync(await TokenAsync("ana", "notes:read"));
        Assert.Equal("ana's", Text(await again.CallToolAsync("notes.list")));            // and nothing was done
    }

    [Fact]
    public async Task A_refusal_reaches_the_official_client_as_one()
    {
        await using var client = await ConnectAsync(await TokenAsync("ana", "notes:read"));
        var refusal = await Assert.ThrowsAsync<HttpRequestException>(() => client.CallToolAsync("notes.purge").AsTask());
        Assert.Equal(HttpStatusCode.Forbidden, refusal.StatusCode);
    }

    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"notes.list","Name":"notes.purge","arguments":{}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"notes.list","name":"notes.purge","arguments":{}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call","params":{"name":"notes.purge","arguments":{}}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"notes.list"},"params":{"name":"notes.purge","arguments":{}}}""")]
    public async Task Refuses_a_call_that_guard_and_handler_could_read_differently(string body)
    {
        await using (var ana = await ConnectAsync(await TokenAsync("ana", "notes:write"))) await AddAsync(ana, "ana's");
        using var response = await PostAsync(body, await TokenAsync("ana", "notes:read"));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        await using var again = await ConnectAsync(await TokenAsync("ana", "notes:read"));
        Assert.Equal("ana's", Text(await again.CallToolAsync("notes.list")));
    }

    [Fact]
    public async Task Keeps_the_notes_of_two_people_apart()
    {
        await using (var ana = await ConnectAsync(await TokenAsync("ana", "notes:write"))) await AddAsync(ana, "ana's");
        await using var bob = await ConnectAsync(await TokenAsync("bob", "notes:read"));
        Assert.Empty((await bob.CallToolAsync("notes.list")).Content);
        await using var again = await ConnectAsync(await TokenAsync("ana", "notes:read"));
        Assert.Equal("ana's", Text(await again.CallToolAsync("notes.list")));
    }

    [Theory, Trait("Spec", "RS-01"), Trait("Spec", "RS-03"), Trait("Spec", "RS-04"), Trait("Spec", "RS-08")]
    [InlineData(null, false)]
    [InlineData("not-a-token", true)]
    public async Task Sends_a_caller_without_a_good_token_to_the_metadata(string? token, bool isInvalid)
    {
        using var response = await PostAsync(Call("notes.list"), token);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        var challenge = response.Headers.WwwAuthenticate.First(challenge => challenge.Scheme is "Bearer").Parameter!;
        Assert.Equal(isInvalid, challenge.Contains("error=\"invalid_token\"", StringComparison.Ordinal));
        Assert.Equal(isInvalid, challenge.Contains("error", StringComparison.Ordinal));
        var address = challenge.Split("resource_metadata=\"")[1].Split('"')[0];
        var metadata = JsonNode.Parse(await _http.GetStringAsync(address))!;
        Assert.Equal(_server.Resource, (string?)metadata["resource"]);
        Assert.Equal(_server.Issuer, (string?)metadata["authorization_servers"]![0]);
        Assert.Equal("""["notes:read","notes:write"]""", metadata["scopes_supported"]!.ToJsonString());
    }

    [Fact]
    public async Task Does_not_take_the_id_jag_itself_for_an_access_token()
    {
        var idJag = await _broker.IdJagAsync("ana", _server.Issuer, _server.Resource, ClientId, "notes:read");
        using var response = await PostAsync(Call("notes.list"), idJag);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact, Trait("Spec", "RAS-13")]
    public async Task Redeems_nothing_that_the_broker_did_not_sign()
    {
        using var stranger = InProcessSigningKey.CreateEs256();
        var idJag = await _broker.IdJagAsync("ana", _server.Issuer, _server.Resource, ClientId, "notes:read", stranger);
        Assert.Equal("invalid_grant", (string?)(await RedeemAsync(idJag))["error"]);
    }

    [Fact, Trait("Spec", "RAS-19")]
    public async Task Redeems_nothing_for_another_client()
    {
        var idJag = await _broker.IdJagAsync("ana", _server.Issuer, _server.Resource, "cl-other", "notes:read");
        Assert.Equal("invalid_grant", (string?)(await RedeemAsync(idJag))["error"]);
    }

    private static string Call(string tool) =>
        $$$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"{{{{tool}}}}","arguments":{"text":"x"}}}""";

    private async Task<string> TokenAsync(string person, string scope)
    {
        var answer = await RedeemAsync(await _broker.IdJagAsync(person, _server.Issuer, _server.Resource, ClientId, scope));
        return (string?)answer["access_token"] ?? throw new InvalidOperationException(answer.ToJsonString());
    }

    private async Task<JsonObject> RedeemAsync(string idJag)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = GrantType.JwtBearer, ["assertion"] = idJag, ["client_id"] = ClientId, ["client_secret"] = Secret,
        });
        using var response = await _http.PostAsync(_server.Issuer + "/token", form);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
    }

    private async Task<McpClient> ConnectAsync(string token, string? version = null) => await McpClient.CreateAsync(
        new HttpClientTransport(new HttpClientTransportOptions
        {
            Endpoint = new Uri(_server.Resource), TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {token}" },
        }),
        new McpClientOptions { ProtocolVersion = version });

    private async Task<HttpResponseMessage> PostAsync(string body, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _server.Resource) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await _http.SendAsync(request);
    }

    private static async Task<CallToolResult> AddAsync(McpClient client, string text) =>
        await client.CallToolAsync("notes.add", new Dictionary<string, object?> { ["text"] = text });

    private static string Text(CallToolResult result) => Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;
}
