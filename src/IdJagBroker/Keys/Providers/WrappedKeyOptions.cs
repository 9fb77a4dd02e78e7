using System.ComponentModel.DataAnnotations;

namespace IdJagBroker.Keys.Providers;

/// <summary>Short-lived keys in this process, encrypted by the vault that <c>Keys:Vault</c> names. Bound to <c>Keys:Wrapped</c>.</summary>
internal sealed class WrappedKeyOptions
{
    private const string Name = "^[0-9A-Za-z-]{1,127}$";

    /// <summary>The vault's RSA key that encrypts them; 3072 bits, if the broker makes it.</summary>
    [Required(ErrorMessage = "KeyEncryptionKey must name an RSA key of the vault.")]
    [RegularExpression(Name, ErrorMessage = "KeyEncryptionKey must be 1 to 127 letters, digits and hyphens.")]
    public string KeyEncryptionKey { get; set; } = "idjag-wrapping";

    /// <summary>The vault's P-256 key that signs, once for each key, the statement that it is the broker's.</summary>
    [Required(ErrorMessage = "ProvenanceKey must name a P-256 key of the vault.")]
    [RegularExpression(Name, ErrorMessage = "ProvenanceKey must be 1 to 127 letters, digits and hyphens.")]
    public string ProvenanceKey { get; set; } = "idjag-provenance";

    /// <summary>From a key's making to its last signature: as long as a stolen one is worth something.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "1.00:00:00", ErrorMessage = "Life must be 1 to 24 hours.")]
    public TimeSpan Life { get; set; } = TimeSpan.FromHours(24);
}
