using System.Text.Json;
using IdJagBroker.Egress;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Clients.Documents;

/// <summary>
/// What a client says of itself in its metadata document (CIMD §4.1): how it authenticates, and with which keys. Nothing else of it is
/// used: who is trusted with what is the catalogue's to say.
/// </summary>
/// <param name="Method">Its <c>token_endpoint_auth_method</c>, or null.</param>
/// <param name="HasSecret">Whether it holds a <c>client_secret</c> of any sort.</param>
/// <param name="Keys">Its keys, if they are in it.</param>
/// <param name="JwksUri">Else where they are.</param>
internal sealed record ClientMetadata(string? Method, bool HasSecret, JsonWebKeySet? Keys, Uri? JwksUri) : IPublished<ClientMetadata>
{
    private const string PrivateKeyJwt = "private_key_jwt";

    /// <summary>Null, or why this is less than a client with a key of its own (CIMD-03, CIMD-12, C-18).</summary>
    public string? Downgrade =>
        HasSecret ? "the document holds a client secret"
        : Method is PrivateKeyJwt ? null
        : "the document's token_endpoint_auth_method is not private_key_jwt";

    public bool Answers(string? keyId) => Keys is null || Keys.Have(keyId);

    public bool IsSameAs(ClientMetadata other) => JwksUri == other.JwksUri
        && (Keys is { } one && other.Keys is { } two ? one.AreSameAs(two) : Keys is null && other.Keys is null);

    /// <summary>Reads the document at <paramref name="url"/> strictly (SEC-08).</summary>
    /// <param name="utf8">What came.</param>
    /// <param name="url">Where from: what must be its <c>client_id</c> too (CIMD-02).</param>
    /// <param name="mayBeFetched">Whether keys may be fetched from a place.</param>
    /// <exception cref="InvalidDataException">It is not this client's document, or no use; the message is for the log.</exception>
    public static ClientMetadata Parse(ReadOnlyMemory<byte> utf8, ClientDocumentUrl url, Func<Uri, bool> mayBeFetched)
    {
        using var document = PublishedJson.ParseObject(utf8) ?? throw new InvalidDataException("the document is not one JSON object");
        var members = new JwtClaims(document.RootElement);
        if (members.GetString("client_id"u8, ClientDocumentUrl.MaxChars, out var clientId) is not ClaimState.Present || clientId != url.Value)
            throw new InvalidDataException("the document's client_id is not its address");
        if (members.GetString("token_endpoint_auth_method"u8, 64, out var method) is ClaimState.Malformed)
            throw new InvalidDataException("the document's token_endpoint_auth_method is malformed");
        var hasSecret = document.RootElement.EnumerateObject().Any(member => member.Name.StartsWith("client_secret", StringComparison.Ordinal));
        var metadata = new ClientMetadata(method, hasSecret, null, null);
        if (metadata.Downgrade is not null) return metadata;

        if (GrantsFault(members) is { } fault) throw new InvalidDataException(fault);
        return metadata.WithKeys(document.RootElement, members, mayBeFetched);
    }

    private ClientMetadata WithKeys(JsonElement document, JwtClaims members, Func<Uri, bool> mayBeFetched)
    {
        var hasKeys = document.TryGetProperty("jwks", out var jwks);
        if (hasKeys == members.Has("jwks_uri"u8)) throw new InvalidDataException("the document must have one of jwks and jwks_uri");      // RFC 7591 §2
        if (hasKeys) return this with { Keys = PublishedJson.ReadKeys(jwks) };
        return members.GetString("jwks_uri"u8, 2048, out var text) is ClaimState.Present
            && Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Fragment.Length is 0 && mayBeFetched(uri)
            ? this with { JwksUri = uri }
            : throw new InvalidDataException("the document's jwks_uri is not an https URL");
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
