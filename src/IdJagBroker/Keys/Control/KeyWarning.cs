using IdJagBroker.Keys.Life;

namespace IdJagBroker.Keys.Control;

/// <summary>What an operator must know will break, said before and after.</summary>
internal static class KeyWarning
{
    private static readonly int CacheMinutes = (int)KeyTimes.JwksLifetime.TotalMinutes;

    /// <summary>What an emergency breaks, or null: of a purpose whose keys are read in the broker alone, nothing.</summary>
    /// <param name="purpose">The one that is asked for; null: all.</param>
    public static string? EmergencyOf(KeyPurpose? purpose) => purpose switch
    {
        KeyPurpose.ClientAssertion => EmergencyOfAssertions,
        { } one when !one.IsInJwks() => null,
        _ => Emergency,
    };

    private static string Emergency { get; } =
        $"The next key signs at once, not waiting until everybody has seen it in the JWKS. Authorization servers that keep the JWKS (up to {CacheMinutes} min) and do not fetch it "
        + "again for a kid that they do not know refuse new ID-JAGs, and applications new ID Tokens, until their copy expires. The key before signs no more but stays in the JWKS: if somebody else has it, revoke it too.";

    private static string EmergencyOfAssertions { get; } =
        $"The next key signs at once, not waiting until every identity provider has fetched it (/signin/jwks). Providers that keep a copy (up to {CacheMinutes} min, or as long as they choose) and do not fetch "
        + "it again for a kid that they do not know refuse the broker until then: nobody signs in through them.";

    /// <summary>What a revocation ends, by what the key signs.</summary>
    public static string RevocationOf(SigningKeyRow key) => key.Purpose switch
    {
        KeyPurpose.IdToken =>
            $"ID Tokens of the broker that this key signed verify no more: here at once, at applications that keep the JWKS after up to {CacheMinutes} min. Their people go on with a refresh token, or sign in again. "
            + "It cannot be undone.",
        KeyPurpose.ClientAssertion =>
            $"Assertions that this key signed are refused by identity providers once they fetch /signin/jwks again; those that keep a copy go on taking them for up to {CacheMinutes} min or longer. Tell the providers. "
            + "It cannot be undone.",
        KeyPurpose.AccessToken =>
            "Access tokens for the admin API that this key signed are refused at once; their holders must ask for new ones. It cannot be undone.",
        KeyPurpose.AuditCheckpoint =>
            "Checkpoints of the audit log that this key signed prove nothing any more: compare those that you keep with a new one before you trust them. It cannot be undone.",
        KeyPurpose.AuditExport =>
            "Exports of the audit log that this key signed verify no more: make them again. It cannot be undone.",
        KeyPurpose.PolicyRelease =>
            "Releases of the policy that this key signed verify no more. Brokers that run keep what they decide by; one that starts has no policy until another release is approved. It cannot be undone.",
        _ => key.State is KeyState.Active ? RevocationOfActive : Revocation,
    };

    private static string Revocation { get; } =
        $"ID-JAGs signed by this key stop verifying: at once where the JWKS is fetched anew, after up to {CacheMinutes} min where a copy is kept. Access tokens made from them live on. "
        + "It cannot be undone.";

    private static string RevocationOfActive { get; } = Revocation
        + " The next key of its kind signs at once; while there is none, exchanges that need this algorithm are answered 503, usually for seconds. "
        + "Authorization servers that do not fetch the JWKS again for an unknown kid refuse its ID-JAGs until their copy expires.";
}
