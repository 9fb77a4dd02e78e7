namespace IdJagBroker.Keys;

/// <summary>More signatures are asked for than the vault may be asked to make. No call was made; trying again after <see cref="RetryAfter"/> is right.</summary>
internal sealed class SigningOverloadedException(TimeSpan retryAfter) : Exception("The vault's budget of signatures is used up for now.")
{
    /// <summary>When a signature can be had again.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
