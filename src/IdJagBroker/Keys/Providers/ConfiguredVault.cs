using IdJagBroker.Keys.KeyVault;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys.Providers;

/// <summary>A vault that the configuration names, and what its keys are called there.</summary>
internal sealed record ConfiguredVault(KeyVaultConnection Connection, string KeyPrefix, bool Hardware)
{
    public KeyVaultClient Client => Connection.Client;

    /// <summary>This process's budget of the vault, which all its keys share.</summary>
    public VaultBudget Budget => Connection.Budget;

    /// <summary>Its host: what tells its keys from those of another vault.</summary>
    public string Place => Client.Vault.Uri.Authority;

    /// <summary>The name of a kind's signing key: <c>idjag-id-jag-es256</c>.</summary>
    public string SigningKey(KeySlot slot) =>
        $"{KeyPrefix}{slot.Purpose.Word().Replace('_', '-')}-{slot.Algorithm.Name.ToLowerInvariant()}";

    /// <summary>The kind of key for an algorithm, in hardware where this vault's are.</summary>
    public VaultKeyKind KindFor(JwsAlgorithm algorithm) =>
        Held(algorithm switch { { KeyType: "RSA" } => VaultKeyKind.Rsa(2048), { Curve: "P-384" } => VaultKeyKind.P384, _ => VaultKeyKind.P256 });

    /// <summary>That kind, in hardware where this vault's are.</summary>
    public VaultKeyKind Held(VaultKeyKind kind) => Hardware || Client.Vault.IsManagedHsm ? kind.Hardware : kind;

    /// <summary>A recorded reference, which must be to one version of a key of this vault.</summary>
    /// <exception cref="SigningUnavailableException">It is not.</exception>
    public KeyVaultKeyId IdOf(string reference) =>
        KeyVaultKeyId.TryParse(reference, Client.Vault.IsLoopback, out var id) && id.Vault == Client.Vault && id.Version is not null
            ? id : throw new SigningUnavailableException($"'{reference}' is no version of a key at {Place}.");
}
