using System.Globalization;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol;

namespace IdJagBroker.Discovery;

/// <summary>The public keys (RFC 7517 §5), cacheable for as long as a new key is published ahead of its first use.</summary>
internal static class JwksEndpoint
{
    public const string Path = "/oauth2/jwks";
    private static readonly string CacheFor = string.Create(CultureInfo.InvariantCulture, $"public, max-age={(int)KeyTimes.JwksLifetime.TotalSeconds}");

    public static void Map(IEndpointRouteBuilder routes, Issuer issuer) =>
        routes.MapGet(EndpointPaths.Under(issuer, Path),
            (HttpContext http, SigningKeyRing keys) => keys.Published is { Keys.IsEmpty: false } published
                ? PublicDocument.WriteAsync(http, published.ToUtf8(), CacheFor)
                : throw new SigningUnavailableException("The keys have not been read yet."));      // an empty set would be kept for as long as a good one
}
