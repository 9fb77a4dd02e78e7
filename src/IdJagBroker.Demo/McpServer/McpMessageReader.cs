using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace IdJagBroker.Demo.McpServer;

/// <summary>Reads the one JSON-RPC message of a POST, and refuses what the Streamable HTTP transport does not allow.</summary>
internal static class McpMessageReader
{
    /// <summary>The largest message read, in bytes.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>The revision without sessions, whose headers repeat what the body says.</summary>
    private const string PerRequestVersion = "2026-07-28";

    private static readonly string[] PerRequestMeta = ["io.modelcontextprotocol/protocolVersion", "io.modelcontextprotocol/clientCapabilities"];

    private static readonly string[] Versions = ["2025-03-26", "2025-06-18", "2025-11-25", PerRequestVersion];

    private static readonly JsonTypeInfo<JsonRpcMessage> MessageType =
        (JsonTypeInfo<JsonRpcMessage>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage));

    /// <summary>Gives the message, or the status, code and words of the refusal.</summary>
    public static async Task<(JsonRpcMessage? Message, McpRefusal? Refusal)> ReadAsync(HttpContext http)
    {
        if (CheckHeaders(http.Request) is { } refusal) return (null, refusal);
        JsonRpcMessage? message;
        try
        {
            message = await JsonSerializer.DeserializeAsync(http.Request.Body, MessageType, http.RequestAborted);
        }
        catch (JsonException)
        {
            message = null;
        }
        if (message is null) return (null, new McpRefusal(400, (int)McpErrorCode.InvalidRequest, "The body is not one JSON-RPC message."));

        var version = VersionOf(http.Request);
        var fault = version is not "" && !Versions.Contains(version, StringComparer.Ordinal) ? Unknown(version)
            : IsPerRequest(http.Request) ? Mismatch(http.Request, message) ?? Incomplete(message) : null;
        if (fault is not null) return (null, fault with { Id = (message as JsonRpcRequest)?.Id });
        message.Context = new JsonRpcMessageContext { User = http.User, ProtocolVersion = version is "" ? null : version };
        return (message, null);
    }

    /// <summary>Whether the request speaks the revision without sessions.</summary>
    public static bool IsPerRequest(HttpRequest request) => VersionOf(request) is PerRequestVersion;

    private static McpRefusal? CheckHeaders(HttpRequest request)
    {
        // A page of somebody else's in the person's browser must not reach a server on her machine. One that gave this address a name of its own (DNS rebinding) says that name in Host
        // as well, which is why the application filters hosts, too.
        if (request.Headers.Origin is [{ } origin] && origin != $"{request.Scheme}://{request.Host}")
            return new McpRefusal(403, -32000, "This origin may not call.");
        if (!request.HasJsonContentType()) return new McpRefusal(415, -32000, "The body must be application/json.");
        var headers = request.GetTypedHeaders();
        if (!headers.Accept.Any(type => type.MatchesMediaType("application/json")) || !headers.Accept.Any(type => type.MatchesMediaType("text/event-stream")))
            return new McpRefusal(406, -32000, "The client must accept application/json and text/event-stream.");
        return request.Headers.ContainsKey("Mcp-Session-Id") ? new McpRefusal(400, -32000, "There are no sessions here.") : null;
    }

    // Names the revisions that server/discover names; the older ones are agreed upon by initialize.
    private static McpRefusal Unknown(string version) => new(400, (int)McpErrorCode.UnsupportedProtocolVersion, "This protocol version is not spoken here.")
    {
        Data = new JsonObject { ["supported"] = new JsonArray(PerRequestVersion), ["requested"] = version },
    };

    private static string VersionOf(HttpRequest request) => request.Headers["MCP-Protocol-Version"].ToString();

    // What stands between a client and this server may decide by these headers; they must say what the body does.
    private static McpRefusal? Mismatch(HttpRequest request, JsonRpcMessage message)
    {
        var (method, parameters) = message switch
        {
            JsonRpcRequest r => (r.Method, r.Params),
            JsonRpcNotification n => (n.Method, n.Params),
            _ => (null, null),
        };
        if (method is null) return null;
        var agrees = request.Headers["Mcp-Method"] == method
            && (method is not RequestMethods.ToolsCall || request.Headers["Mcp-Name"] == parameters?["name"]?.ToString());
        return agrees ? null : new McpRefusal(400, (int)McpErrorCode.HeaderMismatch, "The headers do not say what the body does.");
    }

    // Without sessions nothing was agreed before: each request says for itself what it speaks and what its client can do.
    private static McpRefusal? Incomplete(JsonRpcMessage message)
    {
        if (message is not JsonRpcRequest request) return null;
        var meta = (request.Params as JsonObject)?["_meta"] as JsonObject;
        return PerRequestMeta.All(name => meta?[name] is not null) ? null
            : new McpRefusal(400, (int)McpErrorCode.InvalidParams, $"_meta must have {string.Join(" and ", PerRequestMeta)}.");
    }
}
