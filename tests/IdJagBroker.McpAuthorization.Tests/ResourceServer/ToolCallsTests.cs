using System.Net.Http.Headers;
using System.Text;
using IdJagBroker.McpAuthorization.Tests.Support;
using Microsoft.AspNetCore.Builder;

namespace IdJagBroker.McpAuthorization.Tests.ResourceServer;

/// <summary>Each tool call needs its tool's scopes, and no body may be read in two ways (RS-13, RS-14, RS-20).</summary>
public sealed class ToolCallsTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>, IAsyncLifetime
{
    private Ras _ras = null!;

    public async ValueTask InitializeAsync() => _ras = await Ras.StartAsync(broker);

    public ValueTask DisposeAsync() => _ras.DisposeAsync();

    [Theory, Trait("Spec", "RS-13"), Trait("Spec", "RS-14"), Trait("Spec", "RS-20"), Trait("Spec", "SEC-34")]
    [InlineData("tickets:read", "tickets.list", null), InlineData("tickets:comment", "tickets.list", null), InlineData("tickets:admin", "tickets.comment", null), InlineData("tickets:admin", "tickets.list", null)]
    [InlineData("tickets:read", "tickets.comment", "tickets:read tickets:comment"), InlineData("tickets:comment", "tickets.purge", "tickets:admin"), InlineData("", "tickets.list", "tickets:read")]
    [InlineData("TICKETS:READ", "tickets.list", "tickets:read"), InlineData("tickets:read:all tickets", "tickets.list", "tickets:read")]
    public async Task Calls_a_tool_only_with_its_scopes(string held, string tool, string? needed)
    {
        var token = _ras.AccessToken(held);
        if (held.Length is 0) token.Claims.Remove("scope");
        var answer = await _ras.CallToolAsync(token, tool);

        Assert.Equal(needed is null ? (200, 1) : (403, 0), (answer.Status, _ras.Handled));
        if (needed is not null)
            Assert.Equal($"Bearer error=\"insufficient_scope\", error_description=\"the operation needs a scope that the token lacks\", scope=\"{needed}\", "
                + "resource_metadata=\"https://mcp.trackr.example/.well-known/oauth-protected-resource/v1/mcp\"", answer.Header("WWW-Authenticate"));
    }

    [Theory, InlineData("tickets.unheard-of"), InlineData("TICKETS.LIST"), InlineData("tickets.list "), InlineData(""), Trait("Spec", "RS-20"), Trait("Spec", "SEC-34")]
    public async Task Calls_no_tool_that_is_not_declared(string tool)
    {
        var answer = await _ras.CallToolAsync(_ras.AccessToken("tickets:admin"), tool);

        Assert.Equal((403, 0), (answer.Status, _ras.Handled));
        Assert.Equal("access_denied", answer.Error);
        Assert.Null(answer.Header("WWW-Authenticate"));
    }

    [Fact]
    public async Task Calls_an_allowed_tool_with_any_token_and_passes_other_methods_on()
    {
        var token = _ras.AccessToken("nothing");

        Assert.Equal(200, (await _ras.CallToolAsync(token, "ping")).Status);
        foreach (var body in new[] { """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"name":"x"}}""", """{"jsonrpc":"2.0","id":1,"result":{}}""", """{"jsonrpc":"2.0","method":"notifications/initialized"}""" })
            Assert.Equal(body, (string?)(await _ras.CallAsync("Bearer " + token.Encode(), body)).Json["body"]);
    }

    [Fact, Trait("Spec", "RS-13")]
    public async Task Looks_into_every_message_of_a_batch()
    {
        var token = "Bearer " + _ras.AccessToken("tickets:read").Encode();
        string Batch(params string[] tools) => $"[{string.Join(',', tools.Select(Ras.Call))}]";

        Assert.Equal(200, (await _ras.CallAsync(token, Batch("tickets.list", "ping"))).Status);
        var answer = await _ras.CallAsync(token, Batch("tickets.list", "tickets.comment", "tickets.purge"));
        Assert.Equal(403, answer.Status);
        Assert.Contains("scope=\"tickets:read tickets:comment tickets:admin\"", answer.Header("WWW-Authenticate"), StringComparison.Ordinal);
        Assert.Equal(403, (await _ras.CallAsync(token, Batch("ping", "tickets.unheard-of"))).Status);
        Assert.Equal(1, _ras.Handled);
    }

    [Theory, Trait("Spec", "RS-20")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"tickets.purge"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call","params":{"name":"tickets.purge"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"METHOD":"tools/call","params":{"name":"tickets.purge"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"Tools/Call","params":{"name":"tickets.purge"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"tickets.list","name":"tickets.purge"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"tickets.list","Name":"tickets.purge"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"tickets.list","n\u0061me":"tickets.purge"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"tickets.list"},"Params":{"name":"tickets.purge"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"tickets.list"}} {"method":"tools/call"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":["tickets.list"]}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["tickets.list"]}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/call"}"""), InlineData("""{"method":["tools/call"]}"""), InlineData("""{"method":"\ud800"}""")]
    [InlineData("""{"method":"ping" /* x */}"""), InlineData("""{"method":"ping",}"""), InlineData("[]"), InlineData("[[]]"), InlineData("7"), InlineData("tools/call"), InlineData("\ufeff{}")]
    public async Task Refuses_a_body_that_could_be_read_in_another_way(string body)
    {
        var answer = await _ras.CallAsync("Bearer " + _ras.AccessToken("tickets:read").Encode(), body);

        Assert.Equal((400, 0), (answer.Status, _ras.Handled));
        Assert.Equal(-32700, (int)answer.Json["error"]!["code"]!);
    }

    [Fact, Trait("Spec", "RS-20")]
    public async Task Finds_a_tool_call_that_is_written_with_escapes()
    {
        const string body = """{"m\u0065thod":"tools\/call","p\u0061rams":{"n\u0061me":"tickets.p\u0075rge"}}""";

        Assert.Equal((403, 0), ((await _ras.CallAsync("Bearer " + _ras.AccessToken("tickets:read").Encode(), body)).Status, _ras.Handled));
    }

    [Theory, InlineData("text/plain"), InlineData("application/json; charset=utf-16"), InlineData("application/x-www-form-urlencoded"), InlineData(null), InlineData("gzip"), Trait("Spec", "RS-20")]
    public async Task Refuses_a_body_in_another_form(string? contentType)
    {
        var answer = await _ras.CallAsync("Bearer " + _ras.AccessToken("tickets:read").Encode(), Ras.Call("tickets.purge"), request =>
        {
            if (contentType is "gzip") request.Content!.Headers.ContentEncoding.Add("gzip");
            else
            {
                request.Content!.Headers.Remove("Content-Type");
                if (contentType is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
            }
        });

        Assert.Equal((415, 0), (answer.Status, _ras.Handled));
    }

    [Theory, InlineData("GET"), InlineData("DELETE"), InlineData("PATCH"), Trait("Spec", "RS-20")]
    public async Task Looks_into_the_body_of_any_method(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/v1/mcp") { Content = new StringContent(Ras.Call("tickets.purge"), new MediaTypeHeaderValue("application/json")) };
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + _ras.AccessToken("tickets:read").Encode());

        Assert.Equal((403, 0), ((int)(await _ras.Http.SendAsync(request)).StatusCode, _ras.Handled));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Reads_no_body_over_the_limit(bool chunked)
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Mcp = options => options.MaxRequestBytes = 4096 });
        string Body(int size) => Ras.Call("ping")[..^1] + $",\"pad\":\"{new string('x', size - Ras.Call("ping").Length - 9)}\"}}";
        Task<Answer> Send(int size) => ras.CallAsync("Bearer " + ras.AccessToken().Encode(), Body(size), request => request.Headers.TransferEncodingChunked = chunked);

        Assert.Equal(4096, Encoding.UTF8.GetByteCount(Body(4096)));
        Assert.Equal(200, (await Send(4096)).Status);
        Assert.Equal(413, (await Send(4097)).Status);
        Assert.Equal(1, ras.Handled);
    }

    [Fact, Trait("Spec", "RS-20")]
    public async Task Decides_about_the_token_before_it_reads_the_body()
    {
        Assert.Equal(401, (await _ras.CallAsync(null, "not json")).Status);
        Assert.Equal(401, (await _ras.CallAsync("Bearer x", "not json")).Status);
    }

    [Fact, Trait("Spec", "RS-20")]
    public async Task Guards_a_minimal_api_handler_that_binds_the_body_too()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup
        {
            Map = app => app.MapPost("/bound", (Message message) => message.Method).RequireMcpAuthorization(),
        });
        Task<Answer> Send(string tool) => ras.CallAsync("Bearer " + ras.AccessToken().Encode(), Ras.Call(tool), path: "/bound");

        Assert.Equal((200, "tools/call"), ((await Send("tickets.list")).Status, (await Send("tickets.list")).Body));
        Assert.Equal(403, (await Send("tickets.purge")).Status);
        Assert.Equal(401, (await ras.CallAsync(null, Ras.Call("tickets.list"), path: "/bound")).Status);
    }

    private sealed record Message(string Method);
}
