namespace IdJagBroker.Keys.KeyVault;

/// <summary>How long a vault is waited for. Constants of the client; the constructor is for tests.</summary>
internal sealed record KeyVaultLimits
{
    /// <summary>
    /// From the call to its outcome, with its token, its retries and its waits: reading, signing, wrapping, updating. A client hears of it
    /// within 2 s, so half a second is left for all the rest of its request, the two records in the log among it.
    /// </summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>The same for making a key, which takes an HSM seconds and keeps nobody waiting.</summary>
    public TimeSpan CreationDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>One attempt of several: less than the deadline, so that a lost connection leaves time for another.</summary>
    public TimeSpan Attempt { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>At most, whatever <c>Retry-After</c> says: the vault's own window is 10 s, and a mistaken header must not stop us for a day.</summary>
    public TimeSpan LongestRetryAfter { get; init; } = TimeSpan.FromSeconds(10);
}
