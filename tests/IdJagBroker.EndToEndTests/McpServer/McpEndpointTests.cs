using System.Net;
using System.Security.Claims;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Demo.McpServer;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace IdJagBroker.EndToEndTests.McpServer;

/// <summary>The endpoint by itself: the host of the test names the person by a header, where the library's guard stands otherwise.</summary>
public sealed class McpEndpointTests : IAsyncLifetime
{
    private readonly HttpClient _http = new();
    private WebApplication _app = null!;

    private Uri Address => new(_app.Urls.First() + "/mcp");

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore().AddSingleton<NoteBook>().AddSingleton<NoteTools>()
            .AddSingleton(provider => provider.GetRequiredService<NoteTools>().ToServer()).AddSingleton<McpEndpoint>();
        _app = builder.Build();
        _app.UseRouting();
        _app.Use((http, next) =>
        {
            if (http.Request.Headers["X-Person"] is [{ } person])
                http.User = new ClaimsPrincipal(new ClaimsIdentity([new Claim("sub", person)], "test"));
            return next(http);
        });
        McpEndpoint.Map(_app, "/mcp");
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("2025-06-18")]
    [InlineData("2025-11-25")]
    public async Task The_official_client_finds_and_calls_the_tools(string? version)
    {
        await using var client = await ConnectAsync("ana", version);
        var tools = await client.ListToolsAsync();

        Assert.Equal(["notes.add", "notes.list", "notes.purge"], tools.Select(tool => tool.Name).Order(StringComparer.Ordinal));
        Assert.True(tools.Single(tool => tool.Name == "notes.list").ProtocolTool.Annotations!.ReadOnlyHint);
        Assert.Equal("Noted.", Text(await AddAsync(client, "buy milk")));
        Assert.Equal("buy milk", Text(await client.CallToolAsync("notes.list")));
    }

    [Fact]
    public async Task Keeps_the_notes_of_two_people_apart_and_those_of_one_between_connections()
    {
        await using (var ana = await ConnectAsync("ana")) await AddAsync(ana, "ana's");
        await using (var bob = await ConnectAsync("bob")) Assert.Empty((await bob.CallToolAsync("notes.list")).Content);
        await using var again = await ConnectAsync("ana");
        Assert.Equal("ana's", Text(await again.CallToolAsync("notes.list")));
    }

    [Fact]
    public async Task Purges_the_notes_of_everybody()
    {
        await using var ana = await ConnectAsync("ana");
        await using var bob = await ConnectAsync("bob");
        await AddAsync(ana, "one");
        await AddAsync(bob, "two");

        Assert.Equal("Removed 2 notes.", Text(await bob.CallToolAsync("notes.purge")));
        Assert.Empty((await ana.CallToolAsync("notes.list")).Content);
    }

    [Theory]
    [InlineData("notes.list")]
    [InlineData("notes.add")]
    [InlineData("notes.purge")]
    public async Task Does_nothing_for_nobody(string tool)
    {
        await using (var ana = await ConnectAsync("ana")) await AddAsync(ana, "ana's");
        await using (var nobody = await ConnectAsync(null))
        {
            var result = await nobody.CallToolAsync(tool, new Dictionary<string, object?> { ["text"] = "x" });
            Assert.True(result.IsError);
        }
        await using var again = await ConnectAsync("ana");
        Assert.Equal("ana's", Text(await again.CallToolAsync("notes.list")));
    }

    [Theory]
    [InlineData("", "A note needs a text.")]
    [InlineData("   ", "A note needs a text.")]
    public async Task Says_why_a_note_is_not_taken(string text, string refusal)
    {
        await using var client = await ConnectAsync("ana");
        var result = await AddAsync(client, text);

        Assert.True(result.IsError);
        Assert.Equal(refusal, Text(result));
        Assert.Empty((await client.CallToolAsync("notes.list")).Content);
    }

    [Fact]
    public async Task Takes_notes_of_two_thousand_characters_and_no_longer_ones()
    {
        await using var client = await ConnectAsync("ana");
        Assert.NotEqual(true, (await AddAsync(client, new string('x', 2000))).IsError);
        Assert.True((await AddAsync(client, new string('x', 2001))).IsError);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("DELETE")]
    public async Task Offers_neither_streams_nor_sessions(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), Address);
        request.Headers.Accept.ParseAdd("text/event-stream");
        using var response = await _http.SendAsync(request);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["POST"], response.Content.Headers.Allow);
    }

    [Fact]
    public async Task Answers_a_well_formed_post()
    {
        using var response = await PostAsync(ListTools);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Contains("notes.purge", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Origin", "http://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "null", HttpStatusCode.Forbidden)]
    [InlineData("MCP-Protocol-Version", "1999-01-01", HttpStatusCode.BadRequest)]
    [InlineData("Mcp-Session-Id", "somebody's", HttpStatusCode.BadRequest)]
    [InlineData("Accept", "application/json", HttpStatusCode.NotAcceptable)]
    [InlineData("Accept", "text/event-stream", HttpStatusCode.NotAcceptable)]
    public async Task Refuses_a_header_that_the_transport_does_not_allow(string name, string value, HttpStatusCode status)
    {
        using var response = await PostAsync(ListTools, headers: [(name, value)]);
        Assert.Equal(status, response.StatusCode);
    }

    [Theory]
    [InlineData("""[{"jsonrpc":"2.0","id":1,"method":"tools/list"}]""", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("""{"jsonrpc":"2.0","id":null,"method":"tools/list"}""", "application/json", HttpStatusCode.BadRequest)]
    [InlineData("not json", "application/json", HttpStatusCode.BadRequest)]
    [InlineData(ListTools, "text/plain", HttpStatusCode.UnsupportedMediaType)]
    public async Task Refuses_a_body_that_is_not_one_message(string body, string contentType, HttpStatusCode status)
    {
        using var response = await PostAsync(body, contentType);
        Assert.Equal(status, response.StatusCode);
    }

    [Theory]
    [InlineData("tools/call", "notes.list", HttpStatusCode.OK)]
    [InlineData("tools/list", "notes.list", HttpStatusCode.BadRequest)]
    [InlineData("tools/call", "notes.purge", HttpStatusCode.BadRequest)]
    [InlineData("tools/call", null, HttpStatusCode.BadRequest)]
    public async Task Refuses_headers_that_say_something_else_than_the_body(string method, string? name, HttpStatusCode status)
    {
        const string call = """
            {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"notes.list","arguments":{},
             "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}
            """;
        (string, string)[] headers = [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", method), .. name is null ? [] : new[] { ("Mcp-Name", name) }];
        using var response = await PostAsync(call, headers: headers);

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task Says_which_versions_it_speaks_to_whoever_asks_for_another()
    {
        using var response = await PostAsync("""{"jsonrpc":"2.0","id":"seven","method":"tools/list"}""", headers: [("MCP-Protocol-Version", "1999-01-01")]);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

        Assert.Equal("seven", (string?)answer["id"]);
        Assert.Equal(-32022, (int)answer["error"]!["code"]!);
        Assert.Equal("1999-01-01", (string?)answer["error"]!["data"]!["requested"]);
        Assert.Equal(["2026-07-28"], answer["error"]!["data"]!["supported"]!.AsArray().Select(one => (string)one!));
    }

    [Theory]
    [InlineData("")]
    [InlineData(""","params":{}""")]
    [InlineData(""","params":{"_meta":{"io.modelcontextprotocol/clientCapabilities":{}}}""")]
    [InlineData(""","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}""")]
    public async Task Refuses_a_request_of_the_revision_without_sessions_that_does_not_say_what_its_client_speaks(string parameters)
    {
        using var response = await PostAsync($$"""{"jsonrpc":"2.0","id":7,"method":"tools/list"{{parameters}}}""", headers: [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/list")]);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal((7, -32602), ((int)answer["id"]!, (int)answer["error"]!["code"]!));
    }

    [Fact]
    public async Task Takes_a_notification_without_an_answer()
    {
        using var response = await PostAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Empty(await response.Content.ReadAsStringAsync());
    }

    private const string ListTools = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";

    private async Task<McpClient> ConnectAsync(string? person, string? version = null) => await McpClient.CreateAsync(
        new HttpClientTransport(new HttpClientTransportOptions
        {
            Endpoint = Address, TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = person is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["X-Person"] = person },
        }),
        new McpClientOptions { ProtocolVersion = version });

    private static async Task<CallToolResult> AddAsync(McpClient client, string text) =>
        await client.CallToolAsync("notes.add", new Dictionary<string, object?> { ["text"] = text });

    private static string Text(CallToolResult result) => Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;

    private async Task<HttpResponseMessage> PostAsync(string body, string contentType = "application/json", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address) { Content = new StringContent(body, Encoding.UTF8, contentType) };
        request.Headers.Add("X-Person", "ana");
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        foreach (var (name, value) in headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }
        return await _http.SendAsync(request);
    }
}
