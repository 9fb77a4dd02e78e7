using System.ComponentModel.DataAnnotations;

namespace IdJagBroker.Keys.KeyVault;

/// <summary>
/// One vault, and who the broker is to it. Bound to <c>Keys:Vault</c>, or, of several, to <c>Keys:Vaults:0</c> and so on. No secret is
/// among it, but a test's.
/// </summary>
internal sealed class KeyVaultOptions
{
    /// <summary><c>https://NAME.vault.azure.net/</c>, or a Managed HSM's address.</summary>
    [Required(ErrorMessage = "Url must be the vault's address, such as https://NAME.vault.azure.net/.")]
    public string Url { get; set; } = "";

    /// <summary>
    /// <c>default</c> (Azure.Identity finds out), <c>workload-identity</c>, <c>managed-identity</c>; for a stand-in in Development, and for
    /// nothing else, <c>test-token</c>.
    /// </summary>
    [RegularExpression("^(default|workload-identity|managed-identity|test-token)$",
        ErrorMessage = "Keys:Vault:Credential must be 'default', 'workload-identity' or 'managed-identity'.")]
    public string Credential { get; set; } = "default";

    /// <summary>Of a user-assigned managed identity, or of the application that a workload identity is federated to. Empty: what the platform says.</summary>
    public string? ClientId { get; set; }

    /// <summary>The directory of a workload identity. Empty: what the platform says.</summary>
    public string? TenantId { get; set; }

    /// <summary>This process's part of the vault's limit: with three replicas 0.33.</summary>
    [Range(VaultBudget.SmallestShare, 1.0)]
    public double Share { get; set; } = 1.0;

    /// <summary>What the names of its signing keys begin with: <c>idjag-id-jag-es256</c>. Brokers that share a vault have one each.</summary>
    [RegularExpression("^[0-9A-Za-z-]{1,64}$", ErrorMessage = "KeyPrefix must be 1 to 64 letters, digits and hyphens.")]
    public string KeyPrefix { get; set; } = "idjag-";

    /// <summary>Whether keys that the broker makes are held by hardware: Premium vaults. In a Managed HSM they always are.</summary>
    public bool Hardware { get; set; }

    /// <summary>Development only: a PEM file with the one certificate authority that a stand-in's certificate must come from.</summary>
    public string? TrustedRootFile { get; set; }

    /// <summary>Development only, for a stand-in on this machine.</summary>
    public string? TestToken { get; set; }
}
