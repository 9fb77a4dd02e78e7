namespace IdJagBroker.Probe;

/// <summary>How something is to be refused (RFC 6749 §5.2): any other refusal is safe too, and tells the client the wrong thing.</summary>
/// <param name="Errors">The codes; empty: the status says it all.</param>
/// <param name="Statuses">The statuses.</param>
internal sealed record Expected(string[] Errors, int[] Statuses)
{
    public static readonly Expected InvalidGrant = new(["invalid_grant"], [400]);
    public static readonly Expected InvalidRequest = new(["invalid_request"], [400]);
    public static readonly Expected InvalidTarget = new(["invalid_target"], [400]);
    public static readonly Expected InvalidClient = new(["invalid_client"], [401]);
    public static readonly Expected NoPublicClient = new(["invalid_client", "unauthorized_client"], [400, 401]);
    public static readonly Expected InvalidProof = new(["invalid_dpop_proof"], [400]);
    public static readonly Expected TooLarge = new(["invalid_grant", "invalid_request"], [400, 413]);

    /// <summary>Judges what came back.</summary>
    public Verdict Judge(TokenAnswer answer)
    {
        if (answer.IsIssued) return Verdict.Broken("An access token was given.", answer);
        if (answer.Status is >= 300 and < 400) return Verdict.Broken("It redirects; a token endpoint never does.", answer);
        if (!Statuses.Contains(answer.Status)) return Verdict.Warn($"Refused, but with HTTP {answer.Status} instead of {string.Join(" or ", Statuses)}.", answer);
        if (Errors.Length is 0) return Verdict.Pass(answer);
        if (answer.Error is null) return Verdict.Warn("Refused, but without an OAuth error (RFC 6749 §5.2).", answer);
        return Errors.Contains(answer.Error, StringComparer.Ordinal) ? Verdict.Pass(answer) : Verdict.Warn($"Refused, but not with {string.Join(" or ", Errors)}.", answer);
    }
}
