using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Analysis;

/// <summary>What must be true of every decision, whoever asks and in whatever circumstances. It says one of the two.</summary>
internal sealed record Invariant
{
    public required string Name { get; init; }

    /// <summary>Where it is written.</summary>
    public SourceSpan At { get; init; }

    /// <summary>What nobody may get.</summary>
    public NeverAccess? Never { get; init; }

    /// <summary>How long a token may live at most.</summary>
    public TimeSpan? LifetimeAtMost { get; init; }
}
