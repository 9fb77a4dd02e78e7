using IdJagBroker.Policies.Decisions;

namespace IdJagBroker.PastDecisions;

/// <summary>What a revision would have made of decisions that were made by others.</summary>
internal sealed class ReplayTally
{
    /// <summary>The most accesses that are told apart; further ones are only counted.</summary>
    public const int MaxCells = 10_000;

    private readonly Dictionary<(ReplayOutcome, string, string), ReplayCell> _cells = [];

    /// <summary>Decisions of the policy, put to the revision.</summary>
    public long Decisions { get; private set; }

    public long Same { get; private set; }

    /// <summary>Accesses that came out otherwise, those of most people first.</summary>
    public IEnumerable<ReplayCell> Cells => _cells.Values.OrderByDescending(cell => cell.People.Count).ThenBy(cell => cell.Client, StringComparer.Ordinal).ThenBy(cell => cell.Resource, StringComparer.Ordinal);

    public long Count(ReplayOutcome outcome) => _counts[(int)outcome];

    private readonly long[] _counts = new long[4];

    public void Add(RecordedDecision past, ReplayOutcome? outcome, PolicyDecision? now)
    {
        Decisions++;
        if (outcome is not { } different) { Same++; return; }
        _counts[(int)different]++;
        var resource = string.Join(' ', past.Resources.Length > 0 ? past.Resources : past.RequestedResources);
        var key = (different, past.Client!, resource);
        if (!_cells.TryGetValue(key, out var cell))
        {
            if (_cells.Count >= MaxCells) return;
            _cells[key] = cell = new ReplayCell(different, past.Client!, resource);
        }
        cell.Add(past, now);
    }
}

/// <summary>How it came out.</summary>
internal enum ReplayOutcome
{
    /// <summary>Was refused, would be granted.</summary>
    Gained,

    /// <summary>Was granted, would be refused.</summary>
    Lost,

    /// <summary>Another part of what was asked would be granted.</summary>
    Changed,

    /// <summary>It depends on something that the log does not have.</summary>
    Unknown,
}

/// <summary>One access that came out otherwise.</summary>
/// <param name="Outcome">Which way.</param>
/// <param name="Client">By which client.</param>
/// <param name="Resource">Where.</param>
internal sealed record ReplayCell(ReplayOutcome Outcome, string Client, string Resource)
{
    /// <summary>How many examples are kept.</summary>
    public const int MaxExamples = 3;

    public long Decisions { get; private set; }

    /// <summary>The random keys of those whom it happened to.</summary>
    public HashSet<string> People { get; } = new(StringComparer.Ordinal);

    public SortedSet<string> Scopes { get; } = new(StringComparer.Ordinal);

    public DateTimeOffset Last { get; private set; }

    public List<Guid> Examples { get; } = [];

    /// <summary>Why it would be refused, or by which rules granted.</summary>
    public SortedSet<string> Because { get; } = new(StringComparer.Ordinal);

    public void Add(RecordedDecision past, PolicyDecision? now)
    {
        Decisions++;
        if (past.SubjectKey is { } key) People.Add(key);
        foreach (var scope in (past.GrantedScope ?? past.RequestedScope ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)) Scopes.Add(scope);
        if (past.At > Last) Last = past.At;
        if (Examples.Count < MaxExamples) Examples.Add(past.Id);
        if (Outcome is ReplayOutcome.Unknown) return;
        if (now is null) Because.Add("not in the catalogue");
        else if (now.Allowed) Because.UnionWith(now.RuleIds);
        else Because.Add(now.Reason.Code() + (now.Nearest is { } miss ? $" ({miss.Rule.Id})" : now.RuleIds.IsEmpty ? "" : $" ({string.Join(", ", now.RuleIds)})"));
    }
}
