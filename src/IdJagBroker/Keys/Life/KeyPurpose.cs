namespace IdJagBroker.Keys.Life;

/// <summary>What a key signs. Keys are never shared between kinds of token (SEC-28): a signature of one is worth nothing as the other.</summary>
internal enum KeyPurpose
{
    /// <summary>ID-JAGs.</summary>
    IdJag,

    /// <summary>The broker's own ID Tokens.</summary>
    IdToken,

    /// <summary>Access tokens for the admin API.</summary>
    AccessToken,
}
