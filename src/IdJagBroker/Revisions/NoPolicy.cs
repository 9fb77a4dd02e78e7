using IdJagBroker.Protocol;

namespace IdJagBroker.Revisions;

/// <summary>What is answered before the first release is in force: 503, since it will be different soon, and whoever asks did nothing wrong.</summary>
internal static class NoPolicy
{
    public static OAuthError Refusal { get; } =
        OAuthError.TemporarilyUnavailable("temporarily unavailable, try again", TimeSpan.FromSeconds(2)).Because("POLICY_STALE", "no policy is in force");
}
