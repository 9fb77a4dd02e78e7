namespace IdJagBroker.Keys.Life;

/// <summary>Where a key is in its life. It goes forward only, one step at a time.</summary>
internal enum KeyState
{
    /// <summary>Made, and known to nobody outside.</summary>
    Created,

    /// <summary>In the JWKS, and not used yet: verifiers learn it before they meet it.</summary>
    Published,

    /// <summary>Signs.</summary>
    Active,

    /// <summary>Signs no more; in the JWKS until the last token that it signed has expired.</summary>
    Retired,

    /// <summary>Gone from the JWKS.</summary>
    Removed,

    /// <summary>Withdrawn at once by an operator: tokens that it signed no longer verify.</summary>
    Revoked,
}
