using IdJagBroker.Probe.Checks;

namespace IdJagBroker.Probe;

/// <summary>What one check found.</summary>
internal sealed record ProbeResult(ProbeCheck Check, Verdict Verdict);

/// <summary>Asks one server everything that is wanted: metadata, then what is good, then what is bad.</summary>
internal static class ProbeRun
{
    /// <summary>Why a check was skipped that the command line left out.</summary>
    public const string NotAsked = "Not asked for.";

    /// <param name="session">The server, and what is known of it.</param>
    /// <param name="isWanted">Which checks are reported. The good ID-JAGs that the others hang on are sent in any case.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="ProbeUnreachableException">Nothing answers there.</exception>
    public static async Task<ProbeReport> RunAsync(ProbeSession session, Func<ProbeCheck, bool> isWanted, CancellationToken ct)
    {
        var started = session.Now;
        if (session.Setup.TokenEndpoint is null || ProbeChecks.All.Any(check => check.IsAboutMetadata && isWanted(check))) session.Documents = await ServerDocuments.FetchAsync(session, ct);
        session.TokenEndpoint = TokenEndpointRule.Find(session.Setup, session.Documents, out var nowhere);
        var results = new List<ProbeResult>();
        foreach (var check in ProbeChecks.All)
        {
            var asked = isWanted(check) || (check.Id is AnswerChecks.Redeems or ProbeChecks.Control && ProbeChecks.All.Any(other => !other.IsAboutMetadata && isWanted(other)));
            var verdict = !asked ? Verdict.Skipped(NotAsked) : await AskAsync(session, check, nowhere, results, ct);
            results.Add(new ProbeResult(check, verdict));
        }
        return new ProbeReport(session, started, Doubted(results)) { Causes = CausesOf(session, results, nowhere) };
    }

    private static async Task<Verdict> AskAsync(ProbeSession session, ProbeCheck check, string nowhere, List<ProbeResult> results, CancellationToken ct)
    {
        if (!check.IsAboutMetadata)
        {
            if (session.TokenEndpoint is null) return Verdict.Unproven($"There is nowhere to send an ID-JAG to: {nowhere}.");
            if (check.Id is not AnswerChecks.Redeems && Find(results, AnswerChecks.Redeems).Outcome is not ProbeOutcome.Pass) return Verdict.Unproven("Not provable: the good ID-JAG is not accepted.");
        }
        return (await check.Ask(session, ct)).Weighed(check.Severity);
    }

    // A server that by then refuses good ones too may have refused the bad ones for that.
    private static List<ProbeResult> Doubted(List<ProbeResult> results) => Find(results, ProbeChecks.Control).Outcome is ProbeOutcome.Pass or ProbeOutcome.Skipped ? results
        : [.. results.Select(result => result.Check.WantsRefusal && result.Verdict.Outcome is ProbeOutcome.Pass or ProbeOutcome.Warn
            ? result with { Verdict = Verdict.Unproven("Not provable: in the end good ID-JAGs were refused too.", result.Verdict.Answer) } : result)];

    private static IReadOnlyList<string> CausesOf(ProbeSession session, List<ProbeResult> results, string nowhere) =>
        session.TokenEndpoint is null ? [nowhere] : Find(results, AnswerChecks.Redeems) is { Outcome: ProbeOutcome.Fail or ProbeOutcome.Unproven, Answer: { } answer } ? LikelyCauses.Of(session, answer) : [];

    private static Verdict Find(List<ProbeResult> results, string id) => results.First(result => result.Check.Id == id).Verdict;
}
