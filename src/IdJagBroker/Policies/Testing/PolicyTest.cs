using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Testing;

/// <summary>One request and what its decision must be.</summary>
internal sealed record PolicyTest
{
    public required string Name { get; init; }

    /// <summary>Where it is written.</summary>
    public required SourceSpan At { get; init; }

    /// <summary>When it is asked.</summary>
    public required DateTimeOffset Now { get; init; }

    public required TestAsk Ask { get; init; }

    public required TestExpectation Expect { get; init; }

    /// <summary>Whether it is to be run at night against the groups that people really have.</summary>
    public bool Live { get; init; }
}
