using System.Collections.Immutable;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

/// <summary>An MCP server (<c>resources.ALIAS</c>): what <c>resource</c> names (ID-JAG §4.3).</summary>
internal sealed record CatalogResource
{
    public required string Alias { get; init; }

    /// <summary>The alias of the authorization server that governs it.</summary>
    public required string AuthorizationServer { get; init; }

    /// <summary>In the spelling that tokens carry.</summary>
    public required ResourceIndicator Uri { get; init; }

    /// <summary>Every scope that it has; a rule can grant no other.</summary>
    public required ScopeSet Scopes { get; init; }

    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>What a request without <c>scope</c> asks for (IDP-49); empty: such a request is refused.</summary>
    public ScopeSet DefaultScopes { get; init; } = ScopeSet.Empty;

    /// <summary>Whether a part of what is asked may be granted (C-21).</summary>
    public ScopeMode ScopeMode { get; init; }

    /// <summary>The sign-in that it needs, besides what its server needs.</summary>
    public SignInNeeds SignIn { get; init; } = SignInNeeds.None;

    /// <summary>False: it is known, and nothing is granted there.</summary>
    public bool Enabled { get; init; } = true;
}
