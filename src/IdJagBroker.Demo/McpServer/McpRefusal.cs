using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace IdJagBroker.Demo.McpServer;

/// <summary>A message that is answered before it reaches the SDK.</summary>
internal sealed record McpRefusal(int Status, int Code, string Message)
{
    /// <summary>The request that it answers; null: whichever it was, it could not be read.</summary>
    public RequestId? Id { get; init; }

    /// <summary>What the code brings along.</summary>
    public JsonObject? Data { get; init; }

    /// <summary>Answers with a JSON-RPC error (JSON-RPC 2.0 §5.1).</summary>
    public Task WriteAsync(HttpContext http)
    {
        http.Response.StatusCode = Status;
        http.Response.ContentType = "application/json";
        var error = new JsonObject { ["code"] = Code, ["message"] = Message };
        if (Data is not null) error["data"] = Data.DeepClone();
        var id = Id?.Id switch { string text => JsonValue.Create(text), long number => JsonValue.Create(number), _ => null };
        return http.Response.WriteAsync(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["error"] = error }.ToJsonString(), http.RequestAborted);
    }
}
