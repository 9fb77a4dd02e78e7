using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization;

/// <summary>
/// What this authorization server says of itself (RFC 8414 §2): exactly what it enforces, and nothing about whom it trusts (META-08).
/// URLs come from the configured issuer, never from a request's <c>Host</c>.
/// </summary>
internal sealed class AuthorizationServerDocuments
{
    private static readonly string[] SecretMethods = ["client_secret_basic", "client_secret_post"];

    public AuthorizationServerDocuments(IOptions<IdJagAuthorizationServerOptions> options, IHostEnvironment environment)
    {
        var value = options.Value;
        Protocol.Issuer.TryParse(value.Issuer, environment.IsDevelopment(), out var issuer);
        Issuer = issuer!;
        Path = Issuer.Url.AbsolutePath.TrimEnd('/');
        TokenEndpoint = value.TokenEndpoint ?? Issuer.Value.TrimEnd('/') + "/token";
        Keys = new JsonWebKeySet(value.SigningKey is { } key ? [key.PublicKey, .. value.PublishedKeys] : [.. value.PublishedKeys]);
        Described = Describe(value);
        Metadata = Described.ToUtf8();
    }

    public Issuer Issuer { get; }

    /// <summary>The issuer's path without a slash at its end: empty for a host-only issuer.</summary>
    public string Path { get; }

    /// <summary>The public URL of the token endpoint.</summary>
    public string TokenEndpoint { get; }

    public JsonWebKeySet Keys { get; }

    public AuthorizationServerMetadata Described { get; }

    public byte[] Metadata { get; }

    private AuthorizationServerMetadata Describe(IdJagAuthorizationServerOptions value)
    {
        var baseUrl = Issuer.Value.TrimEnd('/');
        var methods = value.ClientAuthenticationMethods ?? [.. MethodsOf(value)];
        return new AuthorizationServerMetadata
        {
            Issuer = Issuer.Value,
            AuthorizationEndpoint = baseUrl + "/authorize",                // C-32: some clients reject a document without one
            TokenEndpoint = TokenEndpoint,
            JwksUri = baseUrl + "/jwks",
            SubjectTypesSupported = ["public"],
            IdTokenSigningAlgValuesSupported = [value.SigningKey?.Algorithm.Name ?? JwsAlgorithm.ES256.Name],
            GrantTypesSupported = value.AcceptsJwtDpopGrant ? [GrantType.JwtBearer, GrantType.JwtDpop] : [GrantType.JwtBearer],
            AuthorizationGrantProfilesSupported = [GrantType.IdJagProfile],
            TokenEndpointAuthMethodsSupported = methods,
            TokenEndpointAuthSigningAlgValuesSupported = methods.Contains("private_key_jwt") ? [.. value.ClientAssertionAlgorithms.Select(algorithm => algorithm.Name)] : null,
            RevocationEndpoint = value.KeepsRecords ? baseUrl + "/revoke" : null,
            RevocationEndpointAuthMethodsSupported = value.KeepsRecords ? methods : null,
            IntrospectionEndpoint = value.AnswersIntrospection ? baseUrl + "/introspect" : null,
            IntrospectionEndpointAuthMethodsSupported = value.AnswersIntrospection ? SecretMethods : null,
            ClientIdMetadataDocumentSupported = TakesDocuments(value) ? true : null,
            DpopSigningAlgValuesSupported = [.. DpopProof.Algorithms.Select(algorithm => algorithm.Name)],      // META-11
            ScopesSupported = [.. value.Resources.SelectMany(resource => resource.Scopes).Distinct(StringComparer.Ordinal)],
        };
    }

    private static bool TakesDocuments(IdJagAuthorizationServerOptions value) =>
        value.ClientDocumentHosts.Count > 0 || value.Clients.Any(client => client.UsesMetadataDocument);

    // META-09: what the clients use, and no more. Without clients there is an authenticator of the vendor's own.
    private static IEnumerable<string> MethodsOf(IdJagAuthorizationServerOptions value)
    {
        var none = value.Clients.Count is 0 && value.ClientDocumentHosts.Count is 0;
        if (none || value.Clients.Any(client => client.KnownSecrets.Hashes.Count > 0)) foreach (var method in SecretMethods) yield return method;
        if (TakesDocuments(value) || value.Clients.Any(client => client.Keys is not null || client.JwksUri is not null)) yield return "private_key_jwt";
        if (value.TrustedIssuers.Any(trust => trust.PublicClientIds.Count > 0)) yield return "none";
    }
}
