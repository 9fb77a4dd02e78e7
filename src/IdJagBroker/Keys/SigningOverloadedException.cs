namespace IdJagBroker.Keys;

/// <summary>The share of the vaults' published rate is used up: nothing was asked of them, nothing was recorded.</summary>
internal sealed class SigningOverloadedException : SigningUnavailableException
{
    public SigningOverloadedException(TimeSpan retryAfter) : base("The vaults' signatures are used up for the moment.") => RetryAfter = retryAfter;
}
