namespace IdJagBroker.Keys.KeyVault;

/// <summary>A vault did not do what it was asked. The message is ours and for the log; the vault's own text is in neither it nor any answer.</summary>
internal abstract class KeyVaultException(string message, TimeSpan? retryAfter, Exception? inner) : Exception(message, inner)
{
    /// <summary>When to try again, if the vault, or the circuit before it, said so.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
