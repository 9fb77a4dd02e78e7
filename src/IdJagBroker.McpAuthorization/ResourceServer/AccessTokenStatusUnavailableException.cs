namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>Whether an access token is still good cannot be told.</summary>
internal sealed class AccessTokenStatusUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>When to try again.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);
}
