using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>How somebody must have signed in for an operation (RFC 9470, RS-15). What a token does not say, it does not show.</summary>
/// <param name="AcrValues">One of these authentication contexts; empty: any.</param>
/// <param name="MaxAge">How long ago at the most; null: any time.</param>
internal sealed record SignInNeed(IReadOnlyList<string> AcrValues, TimeSpan? MaxAge)
{
    private static readonly SignInNeed None = new([], null);

    /// <summary>What all the tools of one request ask for together: a context that each of them takes, and the shortest time.</summary>
    public static SignInNeed Of(IReadOnlyList<string> tools, IReadOnlyDictionary<string, SignInNeed> needs)
    {
        if (needs.Count is 0) return None;
        var together = None;
        foreach (var tool in tools)
            if (needs.TryGetValue(tool, out var need)) together = together.And(need);
        return together;
    }

    public bool IsMetBy(VerifiedAccessToken token, DateTimeOffset now) =>
        !IsImpossible && (AcrValues.Count is 0 || (token.Acr is { } acr && AcrValues.Contains(acr, StringComparer.Ordinal)))
        && (MaxAge is not { } age || (token.AuthTime is { } at && now - at <= age + JwtTimes.Skew));

    // Two tools in one batch of which no single sign-in is good for both.
    private bool IsImpossible { get; init; }

    private SignInNeed And(SignInNeed other)
    {
        var age = MaxAge is null ? other.MaxAge : other.MaxAge is null || MaxAge < other.MaxAge ? MaxAge : other.MaxAge;
        if (AcrValues.Count is 0 || other.AcrValues.Count is 0) return new(AcrValues.Count is 0 ? other.AcrValues : AcrValues, age) { IsImpossible = IsImpossible };
        string[] both = [.. AcrValues.Intersect(other.AcrValues, StringComparer.Ordinal)];
        return new(both.Length is 0 ? other.AcrValues : both, age) { IsImpossible = IsImpossible || both.Length is 0 };
    }
}
