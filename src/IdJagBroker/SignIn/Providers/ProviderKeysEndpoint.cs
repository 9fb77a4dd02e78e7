using IdJagBroker.Discovery;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol;
using IdJagBroker.SignIn.Authorize;

namespace IdJagBroker.SignIn.Providers;

/// <summary>
/// <c>GET /signin/jwks</c>: the public keys by which identity providers verify the broker's assertions. Not among the keys of its tokens: no authorization server should
/// take an assertion for one (SEC-28).
/// </summary>
internal static class ProviderKeysEndpoint
{
    public static void Map(IEndpointRouteBuilder routes, Issuer issuer) => routes.MapGet(EndpointPaths.Under(issuer, SignInPaths.ProviderKeys),
        (HttpContext http, SigningKeyRing keys) => keys.PublishedFor(KeyPurpose.ClientAssertion) is { Keys.IsEmpty: false } published
            ? PublicDocument.WriteAsync(http, published.ToUtf8(), $"public, max-age={(int)KeyTimes.JwksLifetime.TotalSeconds}")
            : throw new SigningUnavailableException("The keys have not been read yet."));
}
