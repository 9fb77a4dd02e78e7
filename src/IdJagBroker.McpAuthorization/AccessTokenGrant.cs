using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization;

/// <summary>What was decided: this client may act for this account at this MCP server, with this scope.</summary>
/// <param name="IdJag">On what grounds.</param>
/// <param name="Subject">The account here (AT-05).</param>
/// <param name="Resource">The one MCP server, registered spelling (AT-04).</param>
/// <param name="Scope">What is granted; empty if the server knows no scopes.</param>
public sealed record AccessTokenGrant(ValidatedIdJag IdJag, string Subject, string Resource, ScopeSet Scope)
{
    /// <summary>
    /// The key that the client proved to hold, and that the token must be bound to as <c>cnf.jkt</c> (RFC 9449 §6.1, AT-10): its RFC 7638 SHA-256
    /// thumbprint, base64url. Null: the token is a bearer token.
    /// </summary>
    public string? KeyThumbprint { get; init; }
}
