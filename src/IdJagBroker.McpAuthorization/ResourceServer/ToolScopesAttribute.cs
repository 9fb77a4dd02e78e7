namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>On a method that is an MCP tool: a call of it needs all of these scopes. Read by <see cref="McpResourceServerOptions.ToolsOf{T}"/>.</summary>
/// <param name="scopes">At least one.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ToolScopesAttribute(params string[] scopes) : Attribute
{
    /// <summary>The scopes.</summary>
    public IReadOnlyList<string> Scopes { get; } = scopes;

    /// <summary>What clients call the tool. Unset: the <c>Name</c> of the <c>[McpServerTool]</c> of the official SDK on the same method.</summary>
    public string? Tool { get; set; }
}
