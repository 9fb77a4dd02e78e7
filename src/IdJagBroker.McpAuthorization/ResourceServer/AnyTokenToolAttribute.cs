namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>On a method that is an MCP tool: any valid token may call it. Read by <see cref="McpResourceServerOptions.ToolsOf{T}"/>.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AnyTokenToolAttribute : Attribute
{
    /// <inheritdoc cref="ToolScopesAttribute.Tool"/>
    public string? Tool { get; set; }
}
