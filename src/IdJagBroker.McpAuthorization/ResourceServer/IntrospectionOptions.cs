namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>How an MCP server asks its authorization server about access tokens (RFC 7662), with HTTP Basic.</summary>
public sealed class IntrospectionOptions
{
    /// <summary>The longest time unless set.</summary>
    public static readonly TimeSpan StandardTimeout = TimeSpan.FromSeconds(2);

    /// <summary>The introspection endpoint. Unset: <c>/introspect</c> below the authorization server's issuer.</summary>
    public string? Endpoint { get; set; }

    /// <summary>Who asks, by its id at the authorization server.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>Its secret.</summary>
    public string Secret { get; set; } = "";

    /// <summary>How long an answer may take before the request is answered 503; 100 ms to 5 s.</summary>
    public TimeSpan Timeout { get; set; } = StandardTimeout;

    internal bool HasCredentials => ClientId.Length > 0 && Secret.Length > 0;
}
