using IdJagBroker.Keys.Life;

namespace IdJagBroker.Keys.Control;

/// <summary>What an operator must know will break, said before and after.</summary>
internal static class KeyWarning
{
    private static readonly int CacheMinutes = (int)KeyTimes.JwksLifetime.TotalMinutes;

    public static string Emergency { get; } =
        $"The next key signs at once, not waiting until everybody has seen it in the JWKS. Authorization servers that keep the JWKS (up to {CacheMinutes} min) and do not fetch it "
        + "again for a kid that they do not know refuse new ID-JAGs until their copy expires. The key before signs no more but stays in the JWKS: if somebody else has it, revoke it too.";

    public static string Revocation { get; } =
        $"ID-JAGs signed by this key stop verifying: at once where the JWKS is fetched anew, after up to {CacheMinutes} min where a copy is kept. Access tokens made from them live on. "
        + "It cannot be undone.";

    /// <summary>The same for a key that signs now.</summary>
    public static string RevocationOfActive { get; } = Revocation
        + " The next key of its kind signs at once; while there is none, exchanges that need this algorithm are answered 503, usually for seconds. "
        + "Authorization servers that do not fetch the JWKS again for an unknown kid refuse its ID-JAGs until their copy expires.";
}
