using System.Net;
using System.Text.Json;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization;

/// <summary>An issuer's metadata names another issuer (RFC 8414 §3.3).</summary>
internal sealed class IssuerMismatchException() : Exception("The metadata is another issuer's.");

/// <summary>
/// Where an issuer's keys are: at the configured URL, or where its metadata says, if that metadata is that issuer's own (SEC-10,
/// RFC 8414 §3.3). A token has no say in it.
/// </summary>
internal sealed class IssuerKeySource(Issuer issuer, Uri? jwksUri, bool isOnPrivateNetwork, IssuerFetch fetch)
{
    private Uri? _discovered;

    /// <exception cref="HttpRequestException">Metadata or keys cannot be fetched.</exception>
    /// <exception cref="InvalidDataException">What was fetched is no key set or no metadata.</exception>
    /// <exception cref="IssuerMismatchException">The metadata is another issuer's.</exception>
    public async Task<JsonWebKeySet> FetchAsync(CancellationToken ct)
    {
        var url = jwksUri ?? _discovered ?? await DiscoverAsync(ct);
        _discovered = null;                                                // looked up again if this fetch fails
        var keys = JsonWebKeySet.TryParse(await fetch.GetAsync(url, isOnPrivateNetwork, ct))
            ?? throw new InvalidDataException("The document is no key set.");
        _discovered = url;
        return keys;
    }

    private async Task<Uri> DiscoverAsync(CancellationToken ct)
    {
        foreach (var path in AuthorizationServerMetadata.PathsFor(issuer))
        {
            byte[] document;
            try
            {
                document = await fetch.GetAsync(new Uri(issuer.Url, path), isOnPrivateNetwork, ct);
            }
            catch (HttpRequestException e) when (e.StatusCode is >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError)
            {
                continue;                                                  // not at this one of the four forms (C-31)
            }
            return JwksUriIn(document);
        }
        throw new InvalidDataException("The issuer publishes no metadata.");
    }

    private Uri JwksUriIn(byte[] document)
    {
        try
        {
            using var metadata = JsonDocument.Parse(document, new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });
            var root = metadata.RootElement;
            if (root.ValueKind is not JsonValueKind.Object
                || !root.TryGetProperty("issuer"u8, out var name) || name.ValueKind is not JsonValueKind.String
                || !string.Equals(name.GetString(), issuer.Value, StringComparison.Ordinal))
                throw new IssuerMismatchException();
            if (root.TryGetProperty("jwks_uri"u8, out var jwks) && jwks.ValueKind is JsonValueKind.String
                && Uri.TryCreate(jwks.GetString(), UriKind.Absolute, out var url) && fetch.IsPermitted(url)) return url;
            throw new InvalidDataException("The metadata names no usable jwks_uri.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException("The metadata is malformed.");
        }
    }
}
