using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization;

/// <summary>What was decided: this client may act for this account at this MCP server, with this scope.</summary>
/// <param name="IdJag">On what grounds.</param>
/// <param name="Subject">The account here (AT-05).</param>
/// <param name="Resource">The one MCP server, registered spelling (AT-04).</param>
/// <param name="Scope">What is granted; empty if the server knows no scopes.</param>
public sealed record AccessTokenGrant(ValidatedIdJag IdJag, string Subject, string Resource, ScopeSet Scope);
