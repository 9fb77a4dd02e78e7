using System.Collections.Frozen;
using System.Collections.Immutable;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

/// <summary>An MCP authorization server (<c>authorizationServers.ALIAS</c>): what <c>audience</c> names (ID-JAG §4.3).</summary>
internal sealed record CatalogAuthorizationServer
{
    public required string Alias { get; init; }

    /// <summary>What <c>aud</c> carries, in this spelling.</summary>
    public required Issuer Issuer { get; init; }

    /// <summary>Other values of the <c>audience</c> parameter that mean this server, compared exactly.</summary>
    public ImmutableArray<string> AudienceAliases { get; init; } = [];

    /// <summary>By client alias, the client's id at this server (D4). Missing: no ID-JAG can be made for that client.</summary>
    public FrozenDictionary<string, string> ClientIds { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>The aliases of the clients that have the same id at this server as here: the address of their metadata document (JAG-09, CIMD-10).</summary>
    public FrozenSet<string> SameClientIds { get; init; } = FrozenSet<string>.Empty;

    /// <summary>How <c>sub</c> is chosen (D3, JAG-06).</summary>
    public SubjectStrategy Subject { get; init; } = SubjectStrategy.Broker;

    /// <summary>The longest life of an ID-JAG for this server, or null: no bound of its own.</summary>
    public TimeSpan? MaxLifetime { get; init; }

    /// <summary>What a request without <c>resource</c> means (C-03).</summary>
    public ResourceParameter ResourceParameter { get; init; }

    /// <summary>What an ID-JAG for this server holds, and how it is signed.</summary>
    public TokenSettings Token { get; init; } = TokenSettings.Default;

    /// <summary>The sign-in that everything of this server needs.</summary>
    public SignInNeeds SignIn { get; init; } = SignInNeeds.None;

    /// <summary>How it proves itself when it reports what became of ID-JAGs; null: it does not report.</summary>
    public CatalogReceipts? Receipts { get; init; }

    /// <summary>False: it is known, and refused.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The client's id at this server, or null.</summary>
    /// <param name="alias">The client.</param>
    /// <param name="clientIdHere">The id by which it authenticated.</param>
    public string? ClientIdOf(string alias, string clientIdHere) =>
        ClientIds.GetValueOrDefault(alias) ?? (SameClientIds.Contains(alias) ? clientIdHere : null);
}
