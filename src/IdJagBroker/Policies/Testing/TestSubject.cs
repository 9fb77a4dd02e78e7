using System.Collections.Frozen;
using System.Collections.Immutable;

namespace IdJagBroker.Policies.Testing;

/// <summary>A person of the tests, and how they signed in. What is not written is not known.</summary>
internal sealed record TestSubject
{
    /// <summary>By what tests call the person.</summary>
    public required string Name { get; init; }

    /// <summary><c>idp|id</c>; null: a person of that provider, no matter who.</summary>
    public string? Sub { get; init; }

    /// <summary>The alias of the identity provider.</summary>
    public required string Idp { get; init; }

    public string? Tenant { get; init; }

    public FrozenSet<string> Groups { get; init; } = FrozenSet<string>.Empty;

    /// <summary>False (<c>overage: true</c>): the provider does not state all groups.</summary>
    public bool GroupsComplete { get; init; } = true;

    public ImmutableArray<string> Acr { get; init; } = [];

    public ImmutableArray<string> Amr { get; init; } = [];

    /// <summary>How long ago the sign-in was.</summary>
    public TimeSpan? AuthAge { get; init; }

    public FrozenDictionary<string, IReadOnlyList<string>> Claims { get; init; } = FrozenDictionary<string, IReadOnlyList<string>>.Empty;
}
