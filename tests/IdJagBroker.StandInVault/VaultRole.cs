namespace IdJagBroker.StandIn;

/// <summary>What a token lets its holder do, after Key Vault's built-in roles.</summary>
public enum VaultRole
{
    /// <summary>Key Vault Crypto User: reads, signs, verifies, wraps, unwraps, changes attributes.</summary>
    CryptoUser,

    /// <summary>Key Vault Crypto Officer: everything with keys.</summary>
    CryptoOfficer,
}
