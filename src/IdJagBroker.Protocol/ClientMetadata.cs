using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Protocol;

/// <summary>
/// What a client says of itself in its metadata document (CIMD §4.1): how it authenticates, and with which keys. Nothing else of it is
/// used: who is trusted with what is not for a client to say.
/// </summary>
public sealed record ClientMetadata
{
    private const string PrivateKeyJwt = "private_key_jwt";

    private ClientMetadata(string? method, bool hasSecret) => (Method, HasSecret) = (method, hasSecret);

    /// <summary>Its <c>token_endpoint_auth_method</c>, or null.</summary>
    public string? Method { get; }

    /// <summary>Whether it holds a <c>client_secret</c> of any sort.</summary>
    public bool HasSecret { get; }

    /// <summary>Its keys, if they are in it.</summary>
    public JsonWebKeySet? Keys { get; private init; }

    /// <summary>Else where they are. There is one of the two exactly if <see cref="Downgrade"/> is null.</summary>
    public Uri? JwksUri { get; private init; }

    /// <summary>Null, or why this is less than a client with a key of its own (CIMD-03, CIMD-12, C-18).</summary>
    public string? Downgrade =>
        HasSecret ? "the document holds a client secret"
        : Method is PrivateKeyJwt ? null
        : "the document's token_endpoint_auth_method is not private_key_jwt";

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
        var read = new ClientMetadata(method, hasSecret);
        fault = read.Downgrade is null ? GrantsFault(members) ?? AddKeys(ref read, document.RootElement, members, mayBeFetched) : null;
        if (fault is not null) return false;
        metadata = read;
        return true;
    }

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
