using System.Collections.Immutable;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Policies;

/// <summary>
/// Who can prove at the token endpoint who they are: a client or an administrator, by the same means. What each may do then differs, and so
/// does the type: neither is ever taken for the other.
/// </summary>
internal abstract record CatalogIdentity
{
    public required string Alias { get; init; }

    /// <summary>The ids by which it authenticates here; each belongs to one client or administrator only.</summary>
    public required ImmutableArray<string> ClientIds { get; init; }

    public required ClientAuth Auth { get; init; }

    /// <summary>At most two, each <c>hmac-sha256:</c> and 43 base64url characters.</summary>
    public ImmutableArray<string> SecretHashes { get; init; } = [];

    /// <summary>Its public keys, or null.</summary>
    public JsonWebKeySet? Keys { get; init; }

    /// <summary>False: it is known, and refused.</summary>
    public bool Enabled { get; init; } = true;
}
