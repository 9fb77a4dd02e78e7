using System.Collections.Concurrent;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.SignIn.Authorize;
using IdJagBroker.SignIn.Grants;
using IdJagBroker.TokenExchange;

namespace IdJagBroker.Discovery;

/// <summary>
/// The broker's metadata (RFC 8414, OpenID Connect Discovery) at all four URLs where clients look (C-31). Made from the
/// configured issuer: no header of a request can change a URL in it (CVE-2025-6514).
/// </summary>
internal static class MetadataEndpoint
{
    private const string CacheFor = "public, max-age=300";

    public static void Map(IEndpointRouteBuilder routes, Issuer issuer)
    {
        var documents = new ConcurrentDictionary<OfferedHere, byte[]>();        // sixteen at most
        foreach (var path in AuthorizationServerMetadata.PathsFor(issuer))
        {
            routes.MapGet(path, (HttpContext http, ActivePolicy policy) => PublicDocument.WriteAsync(
                http, documents.GetOrAdd(OfferedHere.By(policy.Current.Catalog), offered => DocumentFor(issuer, offered).ToUtf8()), CacheFor));
        }
    }

    /// <summary>What is enforced, as it is enforced.</summary>
    public static AuthorizationServerMetadata DocumentFor(Issuer issuer, OfferedHere offered)
    {
        string At(string path) => EndpointPaths.Absolute(issuer, path);
        string[] methods = ["private_key_jwt", "client_secret_basic", "client_secret_post", .. offered.PublicClients ? ["none"] : Array.Empty<string>()];
        string[] signIn = offered.SignIn ? [GrantType.AuthorizationCode, GrantType.RefreshToken] : [];
        string[] administrators = offered.Administrators ? [GrantType.ClientCredentials] : [];
        var document = new AuthorizationServerMetadata
        {
            Issuer = issuer.Value,
            AuthorizationEndpoint = At(SignInPaths.Authorize),       // clients reject metadata without it (C-32); where nobody signs in, it says so
            TokenEndpoint = At(TokenEndpoint.Path),
            JwksUri = At(JwksEndpoint.Path),
            GrantTypesSupported = [GrantType.TokenExchange, .. signIn, .. administrators],
            TokenEndpointAuthMethodsSupported = methods,
            TokenEndpointAuthSigningAlgValuesSupported = [.. ClientAssertion.Algorithms.Select(algorithm => algorithm.Name)],
            DpopSigningAlgValuesSupported = [.. DpopProof.Algorithms.Select(algorithm => algorithm.Name)],
            IdentityChainingRequestedTokenTypesSupported = [TokenType.IdJag],
            SubjectTypesSupported = ["public", "pairwise"],
            IdTokenSigningAlgValuesSupported = ["RS256", "ES256"],
            ClientIdMetadataDocumentSupported = offered.Documents ? true : null,
        };
        return !offered.SignIn ? document : document with
        {
            UserInfoEndpoint = At(SignInPaths.UserInfo),
            RevocationEndpoint = At(SignInPaths.Revoke),
            RevocationEndpointAuthMethodsSupported = methods,
            EndSessionEndpoint = At(SignInPaths.Logout),
            ResponseModesSupported = ["query"],
            PromptValuesSupported = ["none", "login", "select_account", "consent"],
            ScopesSupported = SignInTokenFactory.Scopes.Scopes,
            ClaimsSupported = ["iss", "sub", "aud", "iat", "exp", "auth_time", "acr", "amr", "nonce", "sid", "at_hash", "name", "email", "email_verified"],
            AuthorizationResponseIssParameterSupported = true,
            RequestParameterSupported = false,
            RequestUriParameterSupported = false,
        };
    }
}
