using System.Security.Cryptography;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys.KeyVault;

/// <summary>
/// One version of a key in a vault, which signs by one call for each digest. The version is part of it: what it publishes is what it
/// signs with, whatever becomes of the name. Each signature is verified here before it leaves.
/// </summary>
internal sealed class KeyVaultSigningKey : ISigningKey, IMeteredKey, IDisposable
{
    private static readonly TimeSpan RestAfterRefusal = TimeSpan.FromSeconds(1);

    private readonly KeyVaultClient _client;
    private readonly VaultBudget _budget;
    private readonly VaultKey _key;
    private readonly ECDsa? _ec;
    private readonly RSA? _rsa;
    private long _restsUntil;       // ticks, UTC

    private KeyVaultSigningKey(KeyVaultClient client, VaultBudget budget, VaultKey key, JwsAlgorithm algorithm)
    {
        (_client, _budget, _key, Algorithm, PublicKey) = (client, budget, key, algorithm, key.PublicKeyFor(algorithm));
        if (key.Ec is { } point) _ec = ECDsa.Create(point); else _rsa = RSA.Create(key.Rsa!.Value);
    }

    /// <inheritdoc/>
    public bool TryReserve(out TimeSpan retryAfter)
    {
        retryAfter = new DateTimeOffset(Volatile.Read(ref _restsUntil), TimeSpan.Zero) - _client.Time.GetUtcNow();
        return !(retryAfter > TimeSpan.Zero) && !_client.IsPaused(out retryAfter) && _budget.TryTake(_key.Kind, out retryAfter);
    }

    /// <inheritdoc/>
    public JsonWebKey PublicKey { get; }

    /// <inheritdoc/>
    public JwsAlgorithm Algorithm { get; }

    /// <summary>Which version of which key of which vault it is.</summary>
    public KeyVaultKeyId Id => _key.Id;

    /// <summary>Reads the public half of a version, or of the current one if <paramref name="id"/> names none, and pins it.</summary>
    /// <param name="budget">That vault's.</param>
    /// <exception cref="KeyVaultRefusedException">It is no such key, or one to keep away from: <c>KeyDisabled</c>, <c>KeyTypeMismatch</c>, <c>SignNotPermitted</c>, <c>KeyExportable</c>.</exception>
    public static async Task<KeyVaultSigningKey> OpenAsync(KeyVaultClient client, VaultBudget budget, KeyVaultKeyId id, JwsAlgorithm algorithm, CancellationToken ct) =>
        Of(client, budget, await client.GetKeyAsync(id, ct), algorithm);

    /// <summary>The same with a key that has been read.</summary>
    /// <exception cref="KeyVaultRefusedException">As <see cref="OpenAsync"/>.</exception>
    public static KeyVaultSigningKey Of(KeyVaultClient client, VaultBudget budget, VaultKey key, JwsAlgorithm algorithm)
    {
        if (key.Id.Vault != client.Vault) throw new ArgumentException("A key of another vault.", nameof(key));
        if (!key.Attributes.Enabled) throw Refused("KeyDisabled");
        if (!key.Kind.Fits(algorithm)) throw Refused("KeyTypeMismatch");
        if (!key.Operations.Contains("sign")) throw Refused("SignNotPermitted");
        if (key.Exportable) throw Refused("KeyExportable");     // a key that can leave the vault proves nothing about who signed
        return new KeyVaultSigningKey(client, budget, key, algorithm);

        static KeyVaultRefusedException Refused(string code) => new("sign", 0, code);
    }

    /// <inheritdoc/>
    /// <exception cref="KeyVaultException">The vault did not sign, or not with this key.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> SignDigestAsync(ReadOnlyMemory<byte> digest, CancellationToken ct)
    {
        try
        {
            var signature = await _client.SignAsync(Id, Algorithm, digest, ct);
            return Verifies(digest.Span, signature) ? signature : throw VaultAnswer.Unusable("its signature is not of the key that is published");
        }
        catch (KeyVaultRefusedException)
        {
            // Disabled, deleted, not ours any more: another vault's key can sign meanwhile.
            Volatile.Write(ref _restsUntil, (_client.Time.GetUtcNow() + RestAfterRefusal).UtcTicks);
            throw;
        }
    }

    public void Dispose()
    {
        _ec?.Dispose();
        _rsa?.Dispose();
    }

    private bool Verifies(ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature) =>
        _ec is not null
            ? _ec.VerifyHash(digest, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
            : _rsa!.VerifyHash(digest, signature, Algorithm.Hash, Algorithm == JwsAlgorithm.PS256 ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
}
