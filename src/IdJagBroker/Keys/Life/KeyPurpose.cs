namespace IdJagBroker.Keys.Life;

/// <summary>What a key signs. Keys are never shared between kinds of token (SEC-28): a signature of one is worth nothing as the other.</summary>
internal enum KeyPurpose
{
    /// <summary>ID-JAGs.</summary>
    IdJag,

    /// <summary>The broker's own ID Tokens.</summary>
    IdToken,

    /// <summary>Access tokens for the broker's own admin API.</summary>
    AccessToken,

    /// <summary>Checkpoints of the audit log.</summary>
    AuditCheckpoint,

    /// <summary>Manifests of exports of the audit log.</summary>
    AuditExport,

    /// <summary>Releases of the policy: that this revision was approved to decide.</summary>
    PolicyRelease,

    /// <summary>Assertions by which the broker proves itself at identity providers that people are sent to.</summary>
    ClientAssertion,
}

/// <summary>Who verifies what a key signs, and for how long.</summary>
internal static class KeyPurposes
{
    /// <summary>
    /// Whether its tokens are verified with the JWKS, by anybody. The other keys are not in it: there they would verify tokens that no
    /// authorization server should take for the broker's (SEC-28).
    /// </summary>
    public static bool IsInJwks(this KeyPurpose purpose) => purpose is KeyPurpose.IdJag or KeyPurpose.IdToken;

    /// <summary>Whether it signs for the audit log: what must verify for as long as the log is kept, and not for minutes as a token.</summary>
    public static bool IsOfTheLog(this KeyPurpose purpose) => purpose is KeyPurpose.AuditCheckpoint or KeyPurpose.AuditExport;

    /// <summary>Whether what it signs must verify for years: the log, and the release that decides, however long ago it was approved.</summary>
    public static bool IsKept(this KeyPurpose purpose) => purpose.IsOfTheLog() || purpose is KeyPurpose.PolicyRelease;
}
