using System.Collections.Frozen;
using System.Collections.Immutable;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

/// <summary>How a client authenticates at the broker.</summary>
internal enum ClientAuth
{
    /// <summary>A signed assertion (RFC 7523 §2.2).</summary>
    PrivateKeyJwt,

    /// <summary>A secret, in the header or the body (RFC 6749 §2.3.1).</summary>
    ClientSecret,

    /// <summary>Not at all: a public client (RFC 6749 §2.1), registered as one. What it sends is tied together by PKCE, rotation and, where the policy says so, DPoP.</summary>
    None,
}

/// <summary>Whether a client binds its tokens to a key (RFC 9449).</summary>
internal enum DpopUse
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>It may.</summary>
    Optional,

    /// <summary>It must.</summary>
    Required,
}

/// <summary>Whose software a client is.</summary>
internal enum ClientTrust
{
    /// <summary>Somebody else's.</summary>
    Vendor,

    /// <summary>The enterprise's own.</summary>
    Internal,
}

/// <summary>An MCP client that may ask for ID-JAGs (<c>clients.ALIAS</c>).</summary>
internal sealed record CatalogClient : CatalogIdentity
{
    /// <summary><c>registration: database</c>: its ids and credentials are in the client registry, and none of them here (ADR 0011).</summary>
    public bool InRegistry { get; init; }

    /// <summary><c>registration: metadata_document</c>: its ids are addresses, and its keys in the documents there (CIMD, ADR 0013).</summary>
    public bool ByDocument => !Documents.IsEmpty || !DocumentOrigins.IsEmpty;

    /// <summary>The addresses of its documents.</summary>
    public ImmutableArray<ClientDocumentUrl> Documents { get; init; } = [];

    /// <summary>The origins of which every document is this client's, unless another client has its address.</summary>
    public ImmutableArray<string> DocumentOrigins { get; init; } = [];

    public DpopUse Dpop { get; init; }

    public ClientTrust Trust { get; init; }

    /// <summary>By identity provider alias, the <c>aud</c> values of the ID Tokens that it may present (C-34, IDP-31).</summary>
    public FrozenDictionary<string, FrozenSet<string>> SubjectTokenAudiences { get; init; } =
        FrozenDictionary<string, FrozenSet<string>>.Empty;

    /// <summary>How people sign in through it at this issuer, or null: they do not.</summary>
    public ClientSignIn? SignIn { get; init; }

    /// <summary>Where its public keys are, if they are not here, or null.</summary>
    public Uri? JwksUri { get; init; }

    /// <summary>Whether its documents and keys may be on the enterprise's own network (SEC-16).</summary>
    public bool PrivateNetwork { get; init; }

    /// <summary>Whether its keys have to be fetched.</summary>
    public bool KeysAreElsewhere => JwksUri is not null || ByDocument;
}
