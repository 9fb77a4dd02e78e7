using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

/// <summary>How the broker proves itself at an identity provider's token endpoint.</summary>
internal enum UpstreamAuth
{
    /// <summary>A secret in the <c>Authorization</c> header (RFC 6749 §2.3.1).</summary>
    ClientSecretBasic,

    /// <summary>A secret in the body.</summary>
    ClientSecretPost,

    /// <summary>An assertion signed with a key of the broker's JWKS (RFC 7523 §2.2).</summary>
    PrivateKeyJwt,
}

/// <summary>
/// How people are sent to an identity provider to sign in (<c>idps.ALIAS.signIn</c>). A secret is configuration
/// (<c>Upstreams:ALIAS:SignIn:Secret</c>), never part of the catalogue.
/// </summary>
internal sealed record CatalogSignIn
{
    /// <summary>How old what is known of a person may be if nothing else is said, where the provider gives refresh tokens.</summary>
    public static readonly TimeSpan DefaultRecheckAfter = TimeSpan.FromMinutes(15);

    /// <summary>The broker's id at the provider: what the provider's ID Tokens for the broker carry as <c>aud</c>.</summary>
    public required string ClientId { get; init; }

    public UpstreamAuth Auth { get; init; }

    /// <summary>What is asked for; always with <c>openid</c>. With <c>offline_access</c>, a person is looked up again while their session lasts.</summary>
    public required ScopeSet Scopes { get; init; }

    /// <summary>What people read on the page where they choose.</summary>
    public required string Name { get; init; }

    /// <summary>How old what is known of a person may be before it is asked again with the provider's refresh token.</summary>
    public TimeSpan RecheckAfter { get; init; } = DefaultRecheckAfter;
}
