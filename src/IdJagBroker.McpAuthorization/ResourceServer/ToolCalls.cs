using System.Text.Json;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>
/// Finds the tools that a JSON-RPC body calls, before the MCP handler sees it (RS-20). Our reading must be the only possible one:
/// a body that a laxer parser could read differently (a member twice, or in another case, a byte order mark, a comment) is refused.
/// </summary>
internal static class ToolCalls
{
    private const int MaxDepth = 64;
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };
    private static readonly string[] MessageMembers = ["jsonrpc", "id", "method", "params", "result", "error"];
    private static readonly string[] CallMembers = ["name", "arguments", "_meta", "task"];

    /// <summary>The names of the tools, in a message or in a batch of them; null if the body is not JSON-RPC that can be read in one way only.</summary>
    public static IReadOnlyList<string>? TryFind(ReadOnlyMemory<byte> body)
    {
        if (!System.Text.Unicode.Utf8.IsValid(body.Span)) return null;
        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            var tools = new List<string>();
            var root = document.RootElement;
            if (root.ValueKind is not JsonValueKind.Array) return TryRead(root, tools) ? tools : null;
            foreach (var message in root.EnumerateArray())
                if (!TryRead(message, tools)) return null;
            return root.GetArrayLength() > 0 ? tools : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)   // the latter: an escaped lone surrogate
        {
            return null;
        }
    }

    private static bool TryRead(JsonElement message, List<string> tools)
    {
        if (message.ValueKind is not JsonValueKind.Object || !IsSpelledExactly(message, MessageMembers)) return false;
        if (!message.TryGetProperty("method"u8, out var method)) return true;                    // a response
        if (method.ValueKind is not JsonValueKind.String) return false;
        var name = method.GetString()!;
        if (!name.Equals("tools/call", StringComparison.OrdinalIgnoreCase)) return true;
        if (name is not "tools/call") return false;

        if (!message.TryGetProperty("params"u8, out var call) || call.ValueKind is not JsonValueKind.Object
            || !IsSpelledExactly(call, CallMembers)
            || !call.TryGetProperty("name"u8, out var tool) || tool.ValueKind is not JsonValueKind.String) return false;
        tools.Add(tool.GetString()!);
        return true;
    }

    // Many handlers bind members whatever their case: {"name":"notes.list","Name":"notes.delete"} would call what we did not see.
    private static bool IsSpelledExactly(JsonElement element, string[] members)
    {
        foreach (var member in element.EnumerateObject())
            foreach (var known in members)
                if (member.Name.Equals(known, StringComparison.OrdinalIgnoreCase) && member.Name != known) return false;
        return true;
    }
}
