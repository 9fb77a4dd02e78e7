namespace IdJagBroker.Keys.KeyVault;

/// <summary>
/// The vault gave no usable answer: too late, reset, 5xx, no credentials for it, or an answer that is not what was asked for.
/// Trying again later is right.
/// </summary>
internal sealed class KeyVaultUnavailableException(string message, TimeSpan? retryAfter = null, Exception? inner = null)
    : KeyVaultException(message, retryAfter, inner);
