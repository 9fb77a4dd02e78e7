namespace IdJagBroker.Keys.KeyVault;

/// <summary>An entry of a list: a key, or one of its versions, without its public half.</summary>
internal sealed record VaultKeyVersion(KeyVaultKeyId Id, VaultKeyAttributes Attributes);
