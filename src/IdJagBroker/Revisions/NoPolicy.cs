using IdJagBroker.Protocol;

namespace IdJagBroker.Revisions;

/// <summary>What is answered before the first release is in force, and when the source has been away too long and that is to end it: 503, since it will be different soon, and whoever asks did nothing wrong.</summary>
internal static class NoPolicy
{
    public static OAuthError Refusal { get; } =
        OAuthError.TemporarilyUnavailable("temporarily unavailable, try again", TimeSpan.FromSeconds(2)).Because("POLICY_STALE", "no policy is in force");

    public static OAuthError Stale { get; } =
        OAuthError.TemporarilyUnavailable("temporarily unavailable, try again", TimeSpan.FromSeconds(30)).Because("POLICY_STALE", "the source of policies cannot be read");
}
