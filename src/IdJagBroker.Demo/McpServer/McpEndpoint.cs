using Microsoft.AspNetCore.Http.Features;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using SdkServer = ModelContextProtocol.Server.McpServer;

namespace IdJagBroker.Demo.McpServer;

/// <summary>
/// The Streamable HTTP transport on the official SDK's core: each POST is served by itself, so nothing of one person outlives her
/// request. There are no sessions and no server streams: GET and DELETE are answered with 405.
/// </summary>
internal sealed class McpEndpoint(McpServerOptions options, ILoggerFactory loggers)
{
    /// <summary>Maps it; the caller puts the authorization in front.</summary>
    public static IEndpointConventionBuilder Map(IEndpointRouteBuilder routes, string path)
    {
        var endpoint = routes.ServiceProvider.GetRequiredService<McpEndpoint>();
        return routes.MapPost(path, endpoint.HandleAsync);
    }

    private async Task HandleAsync(HttpContext http)
    {
        var (message, refusal) = await McpMessageReader.ReadAsync(http);
        if (refusal is not null)
        {
            await refusal.WriteAsync(http);
            return;
        }
        var transport = new StreamableHttpServerTransport(loggers) { Stateless = true };
        await using var server = SdkServer.Create(transport, options, loggers, http.RequestServices);
        var running = server.RunAsync(http.RequestAborted);
        try
        {
            await AnswerAsync(http, transport, message!);
        }
        finally
        {
            await transport.DisposeAsync();                             // ends the server's reading, and with it the run
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task AnswerAsync(HttpContext http, StreamableHttpServerTransport transport, JsonRpcMessage message)
    {
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-cache, no-store";
        http.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
        Func<JsonRpcMessage?, ValueTask>? beforeFirst = McpMessageReader.IsPerRequest(http.Request) ? first => SetStatus(http, first) : null;
        var wrote = await transport.HandlePostRequestAsync(message, http.Response.Body, beforeFirst, http.RequestAborted);
        if (wrote) return;
        http.Response.ContentType = null;
        http.Response.StatusCode = StatusCodes.Status202Accepted;
    }

    // From revision 2026-07-28 on some error codes have an HTTP status each; it can only be chosen before the first byte.
    private static ValueTask SetStatus(HttpContext http, JsonRpcMessage? first)
    {
        if (first is JsonRpcError { Error.Code: var code } && !http.Response.HasStarted)
            http.Response.StatusCode = (McpErrorCode)code switch
            {
                McpErrorCode.MethodNotFound => StatusCodes.Status404NotFound,
                McpErrorCode.UnsupportedProtocolVersion or McpErrorCode.HeaderMismatch or McpErrorCode.MissingRequiredClientCapability => StatusCodes.Status400BadRequest,
                _ => http.Response.StatusCode,
            };
        return default;
    }
}
