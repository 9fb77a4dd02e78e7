using System.Collections.Immutable;
using System.Net;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies.Testing;

/// <summary>What a test asks for.</summary>
internal sealed record TestAsk
{
    public required TestSubject Subject { get; init; }

    /// <summary>The client's alias; how it authenticates is in the catalogue.</summary>
    public required string Client { get; init; }

    /// <summary>Their aliases.</summary>
    public required ImmutableArray<string> Resources { get; init; }

    public required ScopeSet Scope { get; init; }

    /// <summary>The caller's address; null: not known.</summary>
    public IPNetwork? Network { get; init; }

    /// <summary>Whether the client proves a key.</summary>
    public bool Dpop { get; init; }

    /// <summary>Whether the request names the resource, or leaves it to be found.</summary>
    public bool ResourceNamed { get; init; } = true;

    /// <summary>The facts of such a request.</summary>
    public PolicyInput At(DateTimeOffset now) => new()
    {
        ClientAlias = Client,
        Subject = Subject.Sub,
        Idp = Subject.Idp,
        Tenant = Subject.Tenant,
        Groups = Subject.Groups,
        GroupsComplete = Subject.GroupsComplete,
        Claims = Subject.Claims,
        ResourceAliases = Resources,
        ResourceNamed = ResourceNamed,
        Scope = Scope,
        Acr = Subject.Acr,
        Amr = Subject.Amr,
        SignInAge = Subject.AuthAge,
        Dpop = Dpop,
        Network = Network,
        At = now,
    };

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Subject.Name} through {Client} at {string.Join(' ', Resources)} for {Scope}{(Network is { } network ? $" from {network.BaseAddress}" : "")}{(Dpop ? " with DPoP" : "")}";
}
