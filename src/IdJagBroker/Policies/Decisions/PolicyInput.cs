using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies.Decisions;

/// <summary>
/// The facts of one request that a decision rests on. Everything in it is verified before; the request checks are not policy. A fact that is
/// missing never opens a door: a condition on it does not hold in an allow rule, and does in a deny rule.
/// </summary>
internal sealed record PolicyInput
{
    /// <summary>The most resources decided at once (C-04).</summary>
    public const int MaxResources = 8;

    public required string ClientAlias { get; init; }

    /// <summary><c>idp|sub</c>: the identity provider's alias and the person's stable id there; null: not known.</summary>
    public required string? Subject { get; init; }

    /// <summary>The alias of the identity provider; that of <see cref="Subject"/> unless only this is known.</summary>
    public string? Idp { get => field ?? (Subject is { } subject && subject.IndexOf('|') is > 0 and var bar ? subject[..bar] : null); init; }

    /// <summary>The tenant at the identity provider; null: it has none, or it is not known.</summary>
    public string? Tenant { get; init; }

    /// <summary>The aliases of the person's groups, from <see cref="Catalog.GroupAliases"/>.</summary>
    public required IReadOnlySet<string> Groups { get; init; }

    /// <summary>False if the identity provider did not state all groups (Entra's overage): never the same as "no groups".</summary>
    public required bool GroupsComplete { get; init; }

    /// <summary>By name, the values of the claims that rules may ask for; one that the token does not have is missing.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Claims { get; init; } = FrozenDictionary<string, IReadOnlyList<string>>.Empty;

    /// <summary>One to <see cref="MaxResources"/> aliases, all of the same authorization server.</summary>
    public required ImmutableArray<string> ResourceAliases { get; init; }

    /// <summary>Whether the request named them.</summary>
    public bool ResourceNamed { get; init; }

    /// <summary>What is asked for; not empty: defaults are filled in before (IDP-49).</summary>
    public required ScopeSet Scope { get; init; }

    /// <summary>Every authentication context that the sign-in met; empty: not known.</summary>
    public IReadOnlyList<string> Acr { get; init; } = [];

    /// <summary>How the person signed in; empty: not known.</summary>
    public IReadOnlyList<string> Amr { get; init; } = [];

    /// <summary>How long ago the person signed in; null: not known.</summary>
    public TimeSpan? SignInAge { get; init; }

    /// <summary>Whether the token will be bound to a key of the client's.</summary>
    public bool Dpop { get; init; }

    /// <summary>Where the caller is, as narrowly as it is known: of a request that is there, one address. Null: not known.</summary>
    public IPNetwork? Network { get; init; }

    /// <summary>When it is decided.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>
    /// Facts that, where they are missing or would not do, are taken for what opens the door. Never in service: to find out whether anything
    /// that is not known would have made a difference.
    /// </summary>
    public Fact Hoped { get; init; }
}
