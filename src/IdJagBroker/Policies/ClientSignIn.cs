using System.Collections.Immutable;

namespace IdJagBroker.Policies;

/// <summary>How people sign in through a client at this issuer (<c>clients.ALIAS.signIn</c>). Without it the client brings ID Tokens of identity providers.</summary>
internal sealed record ClientSignIn
{
    /// <summary>
    /// Where answers may be sent, compared character for character, but for the port of an http address on loopback (RFC 8252 §7.3). Empty for a client with a
    /// metadata document: there they are in the document.
    /// </summary>
    public ImmutableArray<string> RedirectUris { get; init; } = [];

    /// <summary>Where a browser may be sent after signing out, compared likewise.</summary>
    public ImmutableArray<string> PostLogoutRedirectUris { get; init; } = [];

    /// <summary>What people read of it on pages.</summary>
    public required string Name { get; init; }

    /// <summary>The aliases of the providers that people of this client may choose from; empty: all that have <c>signIn</c>.</summary>
    public ImmutableArray<string> Idps { get; init; } = [];

    /// <summary>Whether it gets refresh tokens.</summary>
    public bool RefreshTokens { get; init; } = true;
}
