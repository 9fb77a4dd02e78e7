namespace IdJagBroker.Keys.KeyVault;

/// <summary>The vault has had too many calls (429). It is not called again before <see cref="KeyVaultException.RetryAfter"/>.</summary>
internal sealed class KeyVaultThrottledException(TimeSpan retryAfter) : KeyVaultException("The vault is throttled.", retryAfter, null);
