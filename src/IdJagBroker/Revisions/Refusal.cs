using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Revisions;

/// <summary>Why something that would decide does not: what was good before goes on deciding.</summary>
/// <param name="Reason">A closed code.</param>
/// <param name="Key">Tells one bad content from another, so that each is told once.</param>
/// <param name="Problems">In words, with their places.</param>
internal sealed record Refusal(string Reason, string Key, IReadOnlyList<PolicyProblem> Problems)
{
    /// <summary>The files are not a policy.</summary>
    public const string Invalid = "POLICY_INVALID";

    /// <summary>It is not what was approved: signature, files or number are not those of a release.</summary>
    public const string NotGenuine = "POLICY_NOT_GENUINE";

    /// <summary>It is good, and cannot be recorded; nothing decides that the log does not know.</summary>
    public const string NotRecorded = "AUDIT_UNAVAILABLE";

    /// <summary>The revision that was tried, if it has a name.</summary>
    public string? Revision { get; init; }

    /// <summary>The release, if it is one.</summary>
    public long? Number { get; init; }

    /// <summary>Files with errors; warnings are left out.</summary>
    public static Refusal OfFiles(string key, IEnumerable<PolicyDiagnostic> diagnostics) =>
        new(Invalid, key, [.. diagnostics.Where(diagnostic => diagnostic.Severity is PolicySeverity.Error).Select(PolicyProblem.Of)]);

    /// <summary>A release that is not genuine, in one sentence.</summary>
    public static Refusal OfRelease(PolicyRelease release, string sentence) => new(NotGenuine, FormattableString.Invariant($"{release.Number} {release.Revision} {sentence}"), [new PolicyProblem(sentence)])
    {
        Revision = release.Revision, Number = release.Number,
    };
}
