using IdJagBroker.Protocol;

namespace IdJagBroker.Probe.Checks;

/// <summary>What was granted, as the answer and, if it can be read, the access token say it.</summary>
internal static class ScopeFacts
{
    /// <param name="answer">With an access token.</param>
    /// <param name="asked">What a missing <c>scope</c> stands for (RFC 6749 §5.1).</param>
    /// <returns>Both together: what the token holds counts even if the answer does not say it. Null if one is malformed.</returns>
    public static ScopeSet? Granted(TokenAnswer answer, ScopeSet asked)
    {
        if (answer.Has("scope") && answer.Text("scope") is null) return null;
        if (!ScopeSet.TryParse(answer.Text("scope") ?? asked.ToString(), out var said)) return null;
        if (AccessTokenView.Read(answer.AccessToken!)?.Claim("scope") is not { } claim) return said;
        return ScopeSet.TryParse(claim, out var held) ? said.Union(held) : null;
    }
}
