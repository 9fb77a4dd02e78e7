namespace IdJagBroker.McpAuthorization;

/// <summary>An issuer's keys cannot be had, and no recent enough copy is left: nothing can be decided (SEC-15).</summary>
internal sealed class IssuerKeysUnavailableException(string issuer, TimeSpan retryAfter) : Exception($"No keys of {issuer}.")
{
    public string Issuer { get; } = issuer;

    public TimeSpan RetryAfter { get; } = retryAfter;
}
