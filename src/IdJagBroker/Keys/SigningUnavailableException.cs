using IdJagBroker.Keys.KeyVault;

namespace IdJagBroker.Keys;

/// <summary>The signing key did not answer, or there is none. Nothing was issued; trying again is right.</summary>
internal class SigningUnavailableException : Exception
{
    public SigningUnavailableException(Exception inner) : this("The signing key did not answer.", inner) { }

    public SigningUnavailableException(string message, Exception? inner = null) : base(message, inner) => RetryAfter = (inner as KeyVaultException)?.RetryAfter;

    /// <summary>When to try again, if that is known.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
