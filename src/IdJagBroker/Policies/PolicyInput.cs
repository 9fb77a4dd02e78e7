using System.Collections.Immutable;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

/// <summary>The facts of one request that a decision rests on. Everything in it is verified before; the request checks are not policy.</summary>
internal sealed record PolicyInput
{
    /// <summary>The most resources decided at once (C-04).</summary>
    public const int MaxResources = 8;

    public required string ClientAlias { get; init; }

    /// <summary><c>idp|sub</c>: the identity provider's alias and the person's stable id there.</summary>
    public required string Subject { get; init; }

    /// <summary>The aliases of the person's groups, from <see cref="Catalog.GroupAliases"/>.</summary>
    public required IReadOnlySet<string> Groups { get; init; }

    /// <summary>False if the identity provider did not state all groups (Entra's overage): never the same as "no groups".</summary>
    public required bool GroupsComplete { get; init; }

    /// <summary>One to <see cref="MaxResources"/> aliases, all of the same authorization server.</summary>
    public required ImmutableArray<string> ResourceAliases { get; init; }

    /// <summary>What is asked for; not empty: defaults are filled in before (IDP-49).</summary>
    public required ScopeSet Scope { get; init; }
}
