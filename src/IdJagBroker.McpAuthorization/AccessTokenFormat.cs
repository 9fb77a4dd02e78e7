namespace IdJagBroker.McpAuthorization;

/// <summary>What an access token is for whoever holds it.</summary>
public enum AccessTokenFormat
{
    /// <summary>A signed JWT (RFC 9068) that an MCP server checks by itself.</summary>
    Jwt,

    /// <summary>
    /// A random reference that tells nobody anything: MCP servers ask what it means (RFC 7662), on each request. It is always recorded
    /// (<see cref="IdJagAuthorizationServerOptions.RecordAccessTokens"/>).
    /// </summary>
    Opaque,
}
