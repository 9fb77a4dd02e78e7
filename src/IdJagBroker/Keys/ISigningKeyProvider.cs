using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys;

/// <summary>
/// Where keys come from and where they sign: a vault, a vault-wrapped key, a file. One class for each; it is found by being there
/// (<see cref="KeyProviders"/>), reads a configuration section of its own, and <c>Keys:Mode</c> chooses it by the word in its
/// <see cref="KeyModeAttribute"/>.
/// </summary>
internal interface ISigningKeyProvider
{
    /// <summary>Where keys of that kind live: one place, or several that share the load.</summary>
    IReadOnlyList<string> Places(KeyPurpose purpose, JwsAlgorithm algorithm);

    /// <summary>How long keys of that purpose live, and how long they are published before.</summary>
    KeyTimes TimesFor(KeyPurpose purpose);

    /// <summary>Makes the next key of a slot; or, where the store makes keys itself, takes its newest that is not among <paramref name="known"/>.</summary>
    /// <param name="slot">What for, and where.</param>
    /// <param name="known">The keys that the slot had, whatever became of them.</param>
    /// <param name="now">The time, from which a life is counted.</param>
    /// <param name="ct">Ends the attempt.</param>
    /// <returns>The key as it is to be recorded, in state <see cref="KeyState.Created"/>; null if the store makes keys itself and has no newer one.</returns>
    /// <exception cref="SigningUnavailableException">The store did not answer, or refuses.</exception>
    Task<SigningKeyRow?> CreateAsync(KeySlot slot, IReadOnlyList<SigningKeyRow> known, DateTimeOffset now, CancellationToken ct);

    /// <summary>Makes a recorded key ready to sign here.</summary>
    /// <exception cref="SigningUnavailableException">The store did not answer, refuses, or holds another key than was recorded.</exception>
    Task<ISigningKey> OpenAsync(SigningKeyRow key, CancellationToken ct);
}
