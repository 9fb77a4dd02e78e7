namespace IdJagBroker.Keys;

/// <summary>The share of the vaults' published rate is used up, or they are known to be away: nothing was asked of them, nothing was recorded.</summary>
internal sealed class SigningOverloadedException : SigningUnavailableException
{
    public SigningOverloadedException(TimeSpan retryAfter) : base("No vault is to be asked for the moment.") => RetryAfter = retryAfter;
}
