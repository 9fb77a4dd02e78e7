using System.Text.Json.Nodes;

namespace IdJagBroker.Demo.McpServer;

/// <summary>A message that is answered before it reaches the SDK.</summary>
internal sealed record McpRefusal(int Status, int Code, string Message)
{
    /// <summary>Answers with a JSON-RPC error (JSON-RPC 2.0 §5.1).</summary>
    public Task WriteAsync(HttpContext http)
    {
        http.Response.StatusCode = Status;
        http.Response.ContentType = "application/json";
        var error = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = null, ["error"] = new JsonObject { ["code"] = Code, ["message"] = Message } };
        return http.Response.WriteAsync(error.ToJsonString(), http.RequestAborted);
    }
}
