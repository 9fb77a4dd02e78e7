namespace IdJagBroker.Probe;

/// <summary>How a check ended.</summary>
internal enum ProbeOutcome
{
    /// <summary>As the rule has it.</summary>
    Pass,

    /// <summary>A MUST is broken, or the server failed.</summary>
    Fail,

    /// <summary>A SHOULD is broken, or what was to be refused was refused with another code.</summary>
    Warn,

    /// <summary>Either way is right; told because integrators want to know.</summary>
    Info,

    /// <summary>Does not apply here, or was not asked for.</summary>
    Skipped,

    /// <summary>Could not be told: without a good ID-JAG that is accepted, a refusal says nothing.</summary>
    Unproven,
}

/// <summary>What a check found.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Note">One sentence; empty if there is nothing to say.</param>
/// <param name="Answer">What came back, where the token endpoint was asked.</param>
internal sealed record Verdict(ProbeOutcome Outcome, string Note, TokenAnswer? Answer = null)
{
    public static Verdict Pass(TokenAnswer? answer = null, string note = "") => new(ProbeOutcome.Pass, note, answer);

    public static Verdict Broken(string note, TokenAnswer? answer = null) => new(ProbeOutcome.Fail, note, answer);

    public static Verdict Warn(string note, TokenAnswer? answer = null) => new(ProbeOutcome.Warn, note, answer);

    public static Verdict Info(string note, TokenAnswer? answer = null) => new(ProbeOutcome.Info, note, answer);

    public static Verdict Skipped(string why) => new(ProbeOutcome.Skipped, why);

    public static Verdict Unproven(string why, TokenAnswer? answer = null) => new(ProbeOutcome.Unproven, why, answer);

    public static Verdict Of(bool holds, string broken, TokenAnswer? answer = null) => holds ? Pass(answer) : Broken(broken, answer);

    /// <summary>
    /// The same by the weight of its rule: a broken SHOULD warns. That a server fails, or falls silent, is never only a warning; that it limits
    /// requests proves nothing.
    /// </summary>
    public Verdict Weighed(Severity severity) => this switch
    {
        { Answer.Failed: true } => new(ProbeOutcome.Fail, Answer.Status is 0 ? $"There was no answer: {Answer.Fault}" : $"The server failed with HTTP {Answer.Status}.", Answer),
        { Answer.Status: 429, Outcome: not ProbeOutcome.Pass } => Unproven("The server limits requests (429); try again later, with fewer checks (--only).", Answer),
        { Outcome: ProbeOutcome.Fail } when severity is Severity.Should => this with { Outcome = ProbeOutcome.Warn },
        _ => this,
    };
}
