namespace IdJagBroker.Probe;

/// <summary>What the specifications make of a rule; a broken <see cref="Should"/> is told, and does not fail the probe.</summary>
internal enum Severity
{
    /// <summary>Broken, the server is wrong or unsafe.</summary>
    Must,

    /// <summary>Broken, something works worse, or somebody else's rule is laxer.</summary>
    Should,
}

/// <summary>One question to an authorization server. Each asks about one rule, so that its answer names what to mend.</summary>
/// <param name="Id">Stable: <c>group.name</c>. Reports, <c>--only</c> and <c>--skip</c> have it.</param>
/// <param name="Severity">What the rule is.</param>
/// <param name="Rules">Rows of the catalogue, then sections of the specifications.</param>
/// <param name="Sent">What is sent, in a few words.</param>
/// <param name="Fix">What a vendor does when it fails.</param>
/// <param name="Ask">Asks. What it calls broken is lowered to a warning for <see cref="Severity.Should"/>.</param>
internal sealed record ProbeCheck(string Id, Severity Severity, string[] Rules, string Sent, string Fix, Func<ProbeSession, CancellationToken, Task<Verdict>> Ask)
{
    /// <summary>The first word of <see cref="Id"/>.</summary>
    public string Group => Id[..Id.IndexOf('.', StringComparison.Ordinal)];

    /// <summary>Whether nothing is asked of the token endpoint.</summary>
    public bool IsAboutMetadata => Group is "metadata";

    /// <summary>Whether a refusal is what the rule wants: such a check proves nothing while good ID-JAGs are refused too.</summary>
    public bool WantsRefusal => Group is "bad" or "dpop";

    /// <summary>Whether <c>--only</c> or <c>--skip</c> means it: by its id, its group or a rule.</summary>
    public bool IsNamedBy(string word) => Id == word || Group == word || Rules.Contains(word, StringComparer.OrdinalIgnoreCase);
}
