using IdJagBroker.Protocol;

namespace IdJagBroker.Probe;

/// <summary>What an operator says of the server and of what is registered there for the test.</summary>
internal sealed record ProbeSetup
{
    /// <summary>The authorization server, by its issuer identifier: <c>aud</c> of every good ID-JAG.</summary>
    public required Issuer Server { get; init; }

    /// <summary>The issuer that the server trusts for the test: <c>iss</c>.</summary>
    public required string Issuer { get; init; }

    /// <summary>Signs the ID-JAGs.</summary>
    public required PrivateKey Key { get; init; }

    public required ClientProof Client { get; init; }

    public required string Resource { get; init; }

    /// <summary>What good ID-JAGs grant; with two scopes or more, narrowing can be shown.</summary>
    public required ScopeSet Scope { get; init; }

    public required string Subject { get; init; }

    public string? Email { get; init; }

    /// <summary>Further claims that this server needs to find the account, such as <c>aud_sub</c> or <c>aud_tenant</c>.</summary>
    public IReadOnlyDictionary<string, string> Claims { get; init; } = new Dictionary<string, string>();

    /// <summary>Every good ID-JAG is bound to a key, and comes with a proof of it.</summary>
    public bool Dpop { get; init; }

    /// <summary>The server is to take each ID-JAG once; otherwise either way is right (C-14).</summary>
    public bool SingleUse { get; init; }

    /// <summary>The longest that one call may take.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The server may have a private address (SEC-16).</summary>
    public bool PrivateNetwork { get; init; }

    /// <summary>Where to ask if the operator says so; null: what the metadata says.</summary>
    public Uri? TokenEndpoint { get; init; }

    /// <summary>The keys that nobody should fetch, if the probe publishes them.</summary>
    public KeyServer? Served { get; init; }

    /// <summary>Whether the server is on this machine: only then are other addresses of this machine called.</summary>
    public bool IsLoopback => Server.Url.IsLoopback;
}
