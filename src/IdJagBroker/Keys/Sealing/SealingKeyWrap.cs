using System.Security.Cryptography;
using IdJagBroker.Keys.KeyVault;
using IdJagBroker.Keys.Providers;

namespace IdJagBroker.Keys.Sealing;

/// <summary>What protects sealing keys where they are kept.</summary>
internal abstract class SealingKeyWrap
{
    /// <summary>The word for it in the table.</summary>
    public abstract string Mode { get; }

    /// <summary>Encrypts a key.</summary>
    /// <returns>The key as it is kept, and what it is found again by.</returns>
    /// <exception cref="SigningUnavailableException">What protects is away, or refuses.</exception>
    public abstract Task<(byte[] Wrapped, string Reference)> WrapAsync(byte[] key, CancellationToken ct);

    /// <summary>Decrypts it.</summary>
    /// <exception cref="SigningUnavailableException">What protects is away, refuses, or did not protect this.</exception>
    public abstract Task<byte[]> UnwrapAsync(byte[] wrapped, string reference, CancellationToken ct);
}

/// <summary>For Development: under a key of the configuration.</summary>
internal sealed class LocalSealingKeyWrap(byte[] serverKey) : SealingKeyWrap
{
    public override string Mode => "local";

    public override Task<(byte[] Wrapped, string Reference)> WrapAsync(byte[] key, CancellationToken ct) => Task.FromResult((SealedBox.Seal(serverKey, key, "sealing key"), "configuration"));

    public override Task<byte[]> UnwrapAsync(byte[] wrapped, string reference, CancellationToken ct) => SealedBox.Open(serverKey, wrapped, "sealing key") is { } key
        ? Task.FromResult(key)
        : throw new SigningUnavailableException("A sealing key does not open under Clients:SecretKey: was that changed?");
}

/// <summary>Under the RSA key of the vault, which never leaves it. Of several vaults the first; one that is not configured any more opens nothing.</summary>
internal sealed class VaultSealingKeyWrap(Vaults vaults, IConfiguration configuration) : SealingKeyWrap
{
    private readonly WrappedKeyOptions _options = KeySettings.Read<WrappedKeyOptions>(configuration.GetSection("Keys:Wrapped"));

    public override string Mode => "vault";

    public override async Task<(byte[] Wrapped, string Reference)> WrapAsync(byte[] key, CancellationToken ct)
    {
        var vault = vaults.All[0];
        try
        {
            var encryption = await new WrappingVault(vault, _options).EncryptionKeyAsync(ct);
            return (await vault.Client.WrapKeyAsync(encryption.Id, key, ct), $"{vault.Place} {encryption.Id}");
        }
        catch (KeyVaultException e)
        {
            throw new SigningUnavailableException($"Vault {vault.Place} wraps no sealing key: {e.Message}", e);
        }
    }

    public override async Task<byte[]> UnwrapAsync(byte[] wrapped, string reference, CancellationToken ct)
    {
        var space = reference.IndexOf(' ');
        var vault = vaults.At(space < 0 ? reference : reference[..space]);
        var id = vault.IdOf(reference[(space + 1)..]);
        // Another key of the vault may be somebody else's, and anybody can encrypt to it.
        if (id.Name != _options.KeyEncryptionKey) throw new SigningUnavailableException($"A sealing key names another key of vault {vault.Place} than {_options.KeyEncryptionKey}.");
        try
        {
            var key = await vault.Client.UnwrapKeyAsync(id, wrapped, ct);
            return key.Length is SealedBox.KeyBytes ? key : throw new SigningUnavailableException("A sealing key has another length.");
        }
        catch (Exception e) when (e is KeyVaultException or CryptographicException)
        {
            throw new SigningUnavailableException($"Vault {vault.Place} does not unwrap a sealing key: {e.Message}", e);
        }
    }
}
