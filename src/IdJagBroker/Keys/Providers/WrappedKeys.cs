using System.Security.Cryptography;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.KeyVault;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Keys.Providers;

/// <summary>
/// Keys that live for a day and sign in this process, for more tokens than a vault signs. The vault encrypts each, and states once whose
/// it is; it is needed again only when a process starts, and for the next key. Keys of the audit log and of policy releases do not live like
/// that, since what they signed is verified for years: they stay in the vault, as in mode <c>vault</c>.
/// </summary>
[KeyMode("wrapped")]
internal sealed class WrappedKeys : ISigningKeyProvider
{
    private readonly KeyMaker _maker;
    private readonly Issuer _issuer;
    private readonly TimeProvider _clock;
    private readonly WrappingVault _vault;
    private readonly VaultKeys _inTheVault;
    private readonly TimeSpan _life;
    private readonly KeyTimes _times;

    /// <exception cref="StartupFailedException">The vault, the names of its keys or the times are not configured as they must be.</exception>
    public WrappedKeys(Vaults vaults, IConfiguration configuration, IOptions<KeyOptions> options, KeyMaker maker, Issuer issuer, TimeProvider clock, ILogger<VaultKeys> log)
    {
        (_maker, _issuer, _clock) = (maker, issuer, clock);
        var settings = KeySettings.Read<WrappedKeyOptions>(configuration.GetSection("Keys:Wrapped"));
        if (vaults.All is not [var vault]) throw new StartupFailedException("Keys:Mode 'wrapped' needs one vault: give Keys:Vault, not Keys:Vaults.");
        (_vault, _life) = (new WrappingVault(vault, settings), settings.Life);
        _inTheVault = new VaultKeys(vaults, options, log);
        var ahead = options.Value.PublishAhead ?? TimeSpan.FromHours(1);
        // A key is published, signs, and is published beside the next: with less there would be no time in which it signs alone.
        if (ahead * 3 > _life) throw new StartupFailedException($"Keys:Wrapped:Life ({_life}) must be at least three times Keys:PublishAhead ({ahead}).");
        _times = options.Value.TimesOr(new KeyTimes(ahead, RotateEvery: _life - ahead));
    }

    public KeyTimes TimesFor(KeyPurpose purpose) => purpose.IsKept() ? _inTheVault.TimesFor(purpose) : _times;

    public IReadOnlyList<string> Places(KeyPurpose purpose, JwsAlgorithm algorithm) => purpose.IsKept() ? _inTheVault.Places(purpose, algorithm) : [_vault.Place];

    public async Task<SigningKeyRow?> CreateAsync(KeySlot slot, IReadOnlyList<SigningKeyRow> known, DateTimeOffset now, CancellationToken ct)
    {
        if (slot.Purpose.IsKept()) return await _inTheVault.CreateAsync(slot, known, now, ct);
        try
        {
            var encryption = await _vault.EncryptionKeyAsync(ct);
            using var provenance = await _vault.ProvenanceKeyAsync(ct);
            var pair = _maker.Make(slot.Algorithm);
            using var key = KeyMaterial.Open(pair, slot.Algorithm);
            var end = DateTimeOffset.FromUnixTimeSeconds((now + _life).ToUnixTimeSeconds());      // as the statement writes it
            var row = slot.NewKey("wrapped", key.PublicKey, WrappingVault.Reference(encryption, provenance), now) with { NotAfter = end };
            return row with { Wrapped = await WrapAsync(row, encryption.Id, pair, ct), Provenance = await ProvenanceStatement.SignAsync(provenance, _issuer, row, ct) };
        }
        catch (KeyVaultException e)
        {
            throw new SigningUnavailableException($"Vault {_vault.Place} wraps no next key for {slot.Purpose} {slot.Algorithm}: {e.Message}", e);
        }
    }

    public async Task<ISigningKey> OpenAsync(SigningKeyRow key, CancellationToken ct)
    {
        try
        {
            var (encryption, provenance) = _vault.IdsOf(key.Reference);
            await VerifyAsync(key, provenance, ct);
            return await UnwrapAsync(key, encryption, ct);
        }
        catch (Exception e) when (e is KeyVaultException or CryptographicException or ArgumentException or InvalidOperationException)
        {
            throw new SigningUnavailableException($"The wrapped key {key.Kid} cannot be opened: {e.Message}", e);
        }
    }

    private async Task<byte[]> WrapAsync(SigningKeyRow row, KeyVaultKeyId encryption, AsymmetricAlgorithm pair, CancellationToken ct)
    {
        var dataKey = RandomNumberGenerator.GetBytes(KeyEnvelope.DataKeyBytes);
        var pkcs8 = pair.ExportPkcs8PrivateKey();
        try
        {
            var wrappedDataKey = await _vault.Client.WrapKeyAsync(encryption, dataKey, ct);
            return KeyEnvelope.Seal(row, dataKey, wrappedDataKey, pkcs8);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    // Before the vault decrypts anything: a key that was put into the table by somebody else is not used, whatever it is.
    private async Task VerifyAsync(SigningKeyRow row, KeyVaultKeyId provenance, CancellationToken ct)
    {
        if (!(_clock.GetUtcNow() < row.NotAfter)) throw new SigningUnavailableException($"The time of key {row.Kid} is over.");
        using var vaultKey = await _vault.ProvenanceKeyAsync(provenance, ct);
        if (ProvenanceStatement.Objection(row, vaultKey.PublicKey, _issuer) is { } objection)
            throw new SigningUnavailableException($"The statement on where key {row.Kid} is from does not stand: {objection}.");
    }

    private async Task<ISigningKey> UnwrapAsync(SigningKeyRow row, KeyVaultKeyId encryption, CancellationToken ct)
    {
        var wrapped = row.Wrapped ?? throw new SigningUnavailableException($"Key {row.Kid} has no private half any more.");
        var dataKey = await _vault.Client.UnwrapKeyAsync(encryption, KeyEnvelope.WrappedDataKey(wrapped), ct);
        byte[] pkcs8 = [];
        var pair = KeyMaterial.Empty(row.Slot.Algorithm);
        try
        {
            pkcs8 = KeyEnvelope.Open(row, wrapped, dataKey);
            pair.ImportPkcs8PrivateKey(pkcs8, out _);
            return await ProvenAsync(row, KeyMaterial.Open(pair, row.Slot.Algorithm), ct);
        }
        catch
        {
            pair.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
            CryptographicOperations.ZeroMemory(pkcs8);
        }
    }

    // The public half inside the PKCS#8 is only what somebody wrote there: a signature shows that the private one belongs to it.
    private static async Task<ISigningKey> ProvenAsync(SigningKeyRow row, InProcessSigningKey key, CancellationToken ct)
    {
        if (!row.IsOf(key.PublicKey)) throw new SigningUnavailableException($"What is wrapped is another key than {row.Kid}.");
        await StartSignature.ProveAsync(key, ct);
        return key;
    }
}
