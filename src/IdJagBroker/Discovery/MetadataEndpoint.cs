using System.Collections.Frozen;
using IdJagBroker.Clients;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.TokenExchange;

namespace IdJagBroker.Discovery;

/// <summary>
/// The broker's metadata (RFC 8414, OpenID Connect Discovery) at all four URLs where clients look (C-31). Built once from the
/// configured issuer: no header of a request can change a URL in it (CVE-2025-6514).
/// </summary>
internal static class MetadataEndpoint
{
    private const string CacheFor = "public, max-age=300";

    public static void Map(IEndpointRouteBuilder routes, Issuer issuer)
    {
        // META-13: which of the four holds is the catalogue's to say, and no more of what is in it.
        bool[] either = [false, true];
        var documents = either.SelectMany(_ => either, (documents, administrators) => (documents, administrators))
            .ToFrozenDictionary(offered => offered, offered => DocumentFor(issuer, offered.documents, offered.administrators).ToUtf8());
        foreach (var path in AuthorizationServerMetadata.PathsFor(issuer))
        {
            routes.MapGet(path, (HttpContext http, ActivePolicy policy) => PublicDocument.WriteAsync(
                http, documents[(policy.Current.Catalog.HasDocumentClients, policy.Current.Catalog.HasAdministrators)], CacheFor));
        }
        routes.MapGet(EndpointPaths.Under(issuer, "/authorize"), Refuse);
    }

    /// <summary>What is enforced, as it is enforced.</summary>
    public static AuthorizationServerMetadata DocumentFor(Issuer issuer, bool metadataDocuments, bool administrators) => new()
    {
        Issuer = issuer.Value,
        AuthorizationEndpoint = EndpointPaths.Absolute(issuer, "/authorize"),
        TokenEndpoint = EndpointPaths.Absolute(issuer, TokenEndpoint.Path),
        JwksUri = EndpointPaths.Absolute(issuer, JwksEndpoint.Path),
        GrantTypesSupported = administrators ? [GrantType.TokenExchange, GrantType.ClientCredentials] : [GrantType.TokenExchange],
        TokenEndpointAuthMethodsSupported = ["private_key_jwt", "client_secret_basic", "client_secret_post"],
        TokenEndpointAuthSigningAlgValuesSupported = [.. ClientAssertion.Algorithms.Select(algorithm => algorithm.Name)],
        DpopSigningAlgValuesSupported = [.. DpopProof.Algorithms.Select(algorithm => algorithm.Name)],
        IdentityChainingRequestedTokenTypesSupported = [TokenType.IdJag],
        SubjectTypesSupported = ["public", "pairwise"],
        IdTokenSigningAlgValuesSupported = ["ES256"],
        ClientIdMetadataDocumentSupported = metadataDocuments ? true : null,
    };

    // Clients reject metadata without this endpoint (C-32); there is no sign-in here yet, so it says so and redirects nowhere.
    private static Task Refuse(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status400BadRequest;
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.WriteAsync("unauthorized_client: this issuer exchanges ID Tokens at its token endpoint; it has no sign-in page.\n");
    }
}
