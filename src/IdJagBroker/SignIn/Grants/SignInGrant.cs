using IdJagBroker.Clients;
using IdJagBroker.Dpop;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;

namespace IdJagBroker.SignIn.Grants;

/// <summary>What a client was given for one sign-in: first a code, then refresh tokens that follow each other. One row for all of it, so that what is revoked is revoked as a whole.</summary>
internal sealed record SignInGrant
{
    /// <summary>How long a code can be redeemed (RFC 6749 §4.1.2 says ten minutes at most).</summary>
    public static readonly TimeSpan CodeLifetime = TimeSpan.FromSeconds(60);

    public required Guid Id { get; init; }

    public required string Sid { get; init; }

    /// <summary>The client's alias.</summary>
    public required string Client { get; init; }

    /// <summary>The id under which it asked: what ID Tokens carry as <c>aud</c>.</summary>
    public required string ClientId { get; init; }

    /// <summary>Where the code was sent.</summary>
    public required string RedirectUri { get; init; }

    public required ScopeSet Scope { get; init; }

    /// <summary>The MCP servers that the sign-in was for; empty: whatever the policy permits (IDP-40).</summary>
    public IReadOnlyList<string> Resources { get; init; } = [];

    public string? Nonce { get; init; }

    public required string CodeChallenge { get; init; }

    public required DateTimeOffset CodeExpiresAt { get; init; }

    public DateTimeOffset? RedeemedAt { get; init; }

    /// <summary>The key that code and refresh tokens are bound to (RFC 9449 §5, §10), or null.</summary>
    public string? KeyThumbprint { get; init; }

    /// <summary>Which refresh token is the current one; each is one more than the last.</summary>
    public int Generation { get; init; }

    /// <summary>SHA-256 of the current refresh token; null if there is none.</summary>
    public byte[]? RefreshDigest { get; init; }

    /// <summary>Until when the current refresh token can be used.</summary>
    public DateTimeOffset? RefreshExpiresAt { get; init; }

    /// <summary>Until when any can be.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    public bool IsRevoked { get; init; }

    /// <summary>Whether it was given to that client, under the id with which it comes now.</summary>
    public bool IsOf(Authenticated<CatalogClient> client) => Client == client.Registration.Alias && ClientId == client.ClientId;

    /// <summary>Whether the code was sent there (RFC 6749 §4.1.3).</summary>
    public bool WasSentTo(string? redirectUri) => RedirectUri == redirectUri;

    /// <summary>Whether its key was proved, if it is bound to one.</summary>
    public bool IsProvenBy(KeyBinding binding) => KeyThumbprint is not { } bound || binding.IsOf(bound);
}
