using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol.Jws;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Keys;

/// <summary>A provider whose keys a test made: what a stranger's vault would be.</summary>
internal sealed class GivenKeys(params ISigningKey[] keys) : ISigningKeyProvider
{
    /// <summary>What they are given for; keys for anything else there are none.</summary>
    public KeyPurpose Purpose { get; init; } = KeyPurpose.IdJag;

    public KeyTimes TimesFor(KeyPurpose purpose) => new(TimeSpan.FromHours(1), TimeSpan.FromDays(1));

    public IReadOnlyList<string> Places(KeyPurpose purpose, JwsAlgorithm algorithm) => ["test"];

    public Task<SigningKeyRow?> CreateAsync(KeySlot slot, IReadOnlyList<SigningKeyRow> known, DateTimeOffset now, CancellationToken ct) => Task.FromResult(
        keys.FirstOrDefault(key => slot.Purpose == Purpose && key.Algorithm == slot.Algorithm && known.All(other => other.Kid != key.PublicKey.Thumbprint)) is { } given
            ? slot.NewKey("local", given.PublicKey, "given", now)
            : null);

    public Task<ISigningKey> OpenAsync(SigningKeyRow key, CancellationToken ct) =>
        Task.FromResult(keys.FirstOrDefault(given => given.PublicKey.Thumbprint == key.Kid) ?? throw new SigningUnavailableException("No such key was given."));

    /// <summary>Puts the keys in the place of those that Development makes.</summary>
    public static Action<IServiceCollection> PlugIn(params ISigningKey[] keys) => new GivenKeys(keys).PlugIn();

    /// <inheritdoc cref="PlugIn(ISigningKey[])"/>
    public Action<IServiceCollection> PlugIn() => services => services.AddKeyedSingleton<ISigningKeyProvider>("local", this);
}
