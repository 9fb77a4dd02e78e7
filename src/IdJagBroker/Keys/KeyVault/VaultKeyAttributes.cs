namespace IdJagBroker.Keys.KeyVault;

/// <summary>What a vault says about a version of a key.</summary>
/// <param name="NotBefore">The vault does not sign with it earlier; null for no such time.</param>
/// <param name="Expires">The vault does not sign with it later; null for no such time.</param>
internal sealed record VaultKeyAttributes(bool Enabled, DateTimeOffset Created, DateTimeOffset? NotBefore, DateTimeOffset? Expires)
{
    /// <summary>Enabled, and within its times.</summary>
    public bool IsUsableAt(DateTimeOffset now) => Enabled && !(now < NotBefore) && !(now >= Expires);
}
