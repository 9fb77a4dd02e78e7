using IdJagBroker.Keys.KeyVault;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys.Providers;

/// <summary>The two keys of a vault that stand behind short-lived keys outside it: one encrypts them, one says whose they are.</summary>
internal sealed class WrappingVault(ConfiguredVault vault, WrappedKeyOptions options)
{
    /// <summary>Not the vault's own: keys that it wraps and keys that never leave it do not follow each other, they stand side by side.</summary>
    public string Place { get; } = vault.Place + "/wrapped";

    public KeyVaultClient Client => vault.Client;

    /// <summary>The current version of the RSA key, made if there is none.</summary>
    /// <exception cref="KeyVaultException">The vault is away, or refuses.</exception>
    /// <exception cref="SigningUnavailableException">It is no key to trust others to.</exception>
    public async Task<VaultKey> EncryptionKeyAsync(CancellationToken ct)
    {
        var key = await FindOrMakeAsync(options.KeyEncryptionKey, vault.Held(VaultKeyKind.Rsa(3072)), ["wrapKey", "unwrapKey"], ct);
        return key is { Kind.KeyType: "RSA", Exportable: false, Attributes.Enabled: true } && key.Operations.IsSupersetOf(["wrapKey", "unwrapKey"])
            ? key : throw new SigningUnavailableException($"{key.Id} must be an RSA key, not exportable, enabled, with the operations wrapKey and unwrapKey.");
    }

    /// <summary>The current version of the P-256 key, made if there is none.</summary>
    /// <exception cref="KeyVaultException">The vault is away, refuses, or has another sort of key there.</exception>
    public async Task<KeyVaultSigningKey> ProvenanceKeyAsync(CancellationToken ct) => KeyVaultSigningKey.Of(
        vault.Client, vault.Budget, await FindOrMakeAsync(options.ProvenanceKey, vault.Held(VaultKeyKind.P256), ["sign", "verify"], ct), JwsAlgorithm.ES256);

    /// <summary>What a row must name to find both again: their versions.</summary>
    public static string Reference(VaultKey encryption, KeyVaultSigningKey provenance) => $"{encryption.Id} {provenance.Id}";

    /// <summary>The two versions that a row names, which must be of these two keys: another key of the vault may be somebody else's.</summary>
    /// <exception cref="SigningUnavailableException">They are not.</exception>
    public (KeyVaultKeyId Encryption, KeyVaultKeyId Provenance) IdsOf(string reference)
    {
        if (reference.Split(' ') is [var first, var second] && vault.IdOf(first) is var encryption && vault.IdOf(second) is var provenance
            && encryption.Name == options.KeyEncryptionKey && provenance.Name == options.ProvenanceKey) return (encryption, provenance);
        throw new SigningUnavailableException($"'{reference}' does not name {options.KeyEncryptionKey} and {options.ProvenanceKey} at {Place}.");
    }

    /// <summary>A version of the P-256 key.</summary>
    /// <exception cref="KeyVaultException">The vault is away, or the version is disabled: its word no longer counts.</exception>
    public Task<KeyVaultSigningKey> ProvenanceKeyAsync(KeyVaultKeyId id, CancellationToken ct) =>
        KeyVaultSigningKey.OpenAsync(vault.Client, vault.Budget, id, JwsAlgorithm.ES256, ct);

    private async Task<VaultKey> FindOrMakeAsync(string name, VaultKeyKind kind, string[] operations, CancellationToken ct)
    {
        try
        {
            return await vault.Client.GetKeyAsync(name, ct);
        }
        catch (KeyVaultRefusedException e) when (e.Status is 404)
        {
            return await vault.Client.CreateKeyAsync(name, kind, operations, ct);
        }
    }
}
