using IdJagBroker.Keys;
using IdJagBroker.Protocol;

namespace IdJagBroker.Discovery;

/// <summary>The public keys (RFC 7517 §5), cacheable for as long as a new key is published ahead of its first use.</summary>
internal static class JwksEndpoint
{
    public const string Path = "/oauth2/jwks";
    private const string CacheFor = "public, max-age=900";

    public static void Map(IEndpointRouteBuilder routes, Issuer issuer) =>
        routes.MapGet(EndpointPaths.Under(issuer, Path),
            (HttpContext http, SigningKeyRing keys) => PublicDocument.WriteAsync(http, keys.Published.ToUtf8(), CacheFor));
}
