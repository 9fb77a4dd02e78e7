using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Protocol;

/// <summary>
/// What a client says of itself in its metadata document (CIMD §4.1): how it authenticates, with which keys, and where people who sign in through it
/// are sent back to. Nothing else of it is used: who is trusted with what is not for a client to say.
/// </summary>
public sealed record ClientMetadata
{
    /// <summary>The longest <see cref="Name"/>, in characters.</summary>
    public const int MaxNameChars = 100;

    private const string PrivateKeyJwt = "private_key_jwt";
    private const string None = "none";
    private const int MaxRedirectUris = 32;

    private ClientMetadata(string? method, bool hasSecret) => (Method, HasSecret) = (method, hasSecret);

    /// <summary>Its <c>token_endpoint_auth_method</c>, or null.</summary>
    public string? Method { get; }

    /// <summary>Whether it holds a <c>client_secret</c> of any sort.</summary>
    public bool HasSecret { get; }

    /// <summary>Whether it holds keys, or says where they are; read or not.</summary>
    public bool HasKeys { get; private init; }

    /// <summary>Its keys, if they are in it.</summary>
    public JsonWebKeySet? Keys { get; private init; }

    /// <summary>Else where they are. There is one of the two exactly if <see cref="Downgrade"/> is null.</summary>
    public Uri? JwksUri { get; private init; }

    /// <summary>Null, or why this is less than a client with a key of its own (CIMD-03, CIMD-12, C-18).</summary>
    public string? Downgrade =>
        HasSecret ? "the document holds a client secret"
        : Method is PrivateKeyJwt ? null
        : "the document's token_endpoint_auth_method is not private_key_jwt";

    /// <summary>Null, or why this is not the document of a public client, which has nothing to prove itself by (RFC 6749 §2.1).</summary>
    public string? PublicFault =>
        HasSecret ? "the document holds a client secret"
        : Method is not None ? "the document's token_endpoint_auth_method is not none"
        : HasKeys ? "the document of a public client holds keys"
        : null;

    /// <summary>Whether it says that it always proves to hold a key (RFC 9449 §5.2, <c>dpop_bound_access_tokens</c>).</summary>
    public bool DpopBoundAccessTokens { get; private init; }

    /// <summary>Where answers to people who sign in may be sent (RFC 7591 §2); empty if there is a <see cref="SignInFault"/>.</summary>
    public ImmutableArray<string> RedirectUris { get; private init; } = [];

    /// <summary>Where a browser may be sent after signing out (OpenID Connect RP-Initiated Logout 1.0 §3.1).</summary>
    public ImmutableArray<string> PostLogoutRedirectUris { get; private init; } = [];

    /// <summary>Its <c>client_name</c>, or null: what it calls itself, of printable characters, and nothing that anybody has looked at.</summary>
    public string? Name { get; private init; }

    /// <summary>Null, or why nobody can sign in through this client, whatever else it may do; for the log.</summary>
    public string? SignInFault { get; private init; }

    /// <summary>Whether a client with these keys, or keys there, says the same of itself.</summary>
    public bool HasSameKeysAs(ClientMetadata other) => JwksUri == other.JwksUri
        && (Keys is { } one && other.Keys is { } two ? one.AreSameAs(two) : Keys is null && other.Keys is null);

    /// <summary>Reads the document at <paramref name="url"/> strictly (SEC-08); false if it is not this client's document, or of no use.</summary>
    /// <param name="utf8">What came.</param>
    /// <param name="url">Where from: what must be its <c>client_id</c> too (CIMD-02).</param>
    /// <param name="mayBeFetched">Whether keys may be fetched from a place.</param>
    /// <param name="metadata">What it says.</param>
    /// <param name="fault">What is wrong; for the log.</param>
    public static bool TryParse(ReadOnlyMemory<byte> utf8, ClientDocumentUrl url, Func<Uri, bool> mayBeFetched,
        [NotNullWhen(true)] out ClientMetadata? metadata, [NotNullWhen(false)] out string? fault)
    {
        metadata = null;
        fault = "the document is not one JSON object";
        using var document = StrictJson.ParseObject(utf8);
        if (document is null) return false;
        var members = new JwtClaims(document.RootElement);
        fault = "the document's client_id is not its address";
        if (members.GetString("client_id"u8, ClientDocumentUrl.MaxChars, out var clientId) is not ClaimState.Present || clientId != url.Value) return false;
        fault = "the document's token_endpoint_auth_method is malformed";
        if (members.GetString("token_endpoint_auth_method"u8, 64, out var method) is ClaimState.Malformed) return false;
        var hasSecret = document.RootElement.EnumerateObject().Any(member => member.Name.StartsWith("client_secret", StringComparison.Ordinal));
        fault = "the document's dpop_bound_access_tokens is malformed";
        if (members.GetBoolean("dpop_bound_access_tokens"u8, out var mustProve) is ClaimState.Malformed) return false;
        var read = new ClientMetadata(method, hasSecret)
        {
            HasKeys = members.Has("jwks"u8) || members.Has("jwks_uri"u8), DpopBoundAccessTokens = mustProve,
        };
        fault = read.Downgrade is null ? GrantsFault(members) ?? AddKeys(ref read, document.RootElement, members, mayBeFetched) : null;
        if (fault is not null) return false;
        metadata = read.WithSignIn(members);
        return true;
    }

    // All of it or nothing: half of a list of addresses is another list than the client's.
    private ClientMetadata WithSignIn(JwtClaims members)
    {
        if (!TryReadRedirectUris(members, "redirect_uris"u8, out var redirectUris)) return this with { SignInFault = "a redirect URI of the document is malformed" };
        if (redirectUris.IsEmpty) return this with { SignInFault = "the document has no redirect_uris" };
        if (!TryReadRedirectUris(members, "post_logout_redirect_uris"u8, out var afterLogout)) return this with { SignInFault = "a post-logout redirect URI of the document is malformed" };
        if (members.GetString("client_name"u8, MaxNameChars, out var name) is ClaimState.Malformed || (name is not null && !IsPrintable(name)))
            return this with { SignInFault = "the document's client_name is malformed" };
        return this with { RedirectUris = redirectUris, PostLogoutRedirectUris = afterLogout, Name = name };
    }

    private static bool TryReadRedirectUris(JwtClaims members, ReadOnlySpan<byte> name, out ImmutableArray<string> uris)
    {
        var state = members.GetStrings(name, MaxRedirectUris, out var texts);
        uris = [.. texts];
        return state is not ClaimState.Malformed && texts.All(text => RedirectUri.FaultIn(text) is null);
    }

    // Neither what steers a terminal or a page, nor what reorders or hides text: on the page a name stands beside words of ours.
    private static bool IsPrintable(string name) => !string.IsNullOrWhiteSpace(name) && name.EnumerateRunes().All(rune => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned));

    private static string? AddKeys(ref ClientMetadata read, JsonElement document, JwtClaims members, Func<Uri, bool> mayBeFetched)
    {
        var hasKeys = document.TryGetProperty("jwks", out var jwks);
        if (hasKeys == members.Has("jwks_uri"u8)) return "the document must have one of jwks and jwks_uri";      // RFC 7591 §2
        if (hasKeys)
        {
            if (!JsonWebKeySet.TryReadPublished(jwks, out var keys, out var fault)) return fault;
            read = read with { Keys = keys };
            return null;
        }
        if (members.GetString("jwks_uri"u8, 2048, out var text) is not ClaimState.Present
            || !Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Fragment.Length > 0 || !mayBeFetched(uri)) return "the document's jwks_uri is not an https URL";
        read = read with { JwksUri = uri };
        return null;
    }

    // META-19, ID-JAG §8: who says that it speaks ID-JAG must speak both of its grants.
    private static string? GrantsFault(JwtClaims members)
    {
        const string malformed = "the document's grants are malformed";
        if (members.GetStrings("authorization_grant_profiles_supported"u8, 64, out var profiles) is ClaimState.Malformed) return malformed;
        if (members.GetStrings("grant_types"u8, 64, out var grants) is ClaimState.Malformed) return malformed;
        return profiles.Contains(GrantType.IdJagProfile) && !(grants.Contains(GrantType.TokenExchange) && grants.Contains(GrantType.JwtBearer))
            ? "the document names the ID-JAG profile and not both of its grants"
            : null;
    }
}
