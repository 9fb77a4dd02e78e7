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
    public AuthorizationServerDocuments(IOptions<IdJagAuthorizationServerOptions> options, IHostEnvironment environment)
    {
        var value = options.Value;
        Protocol.Issuer.TryParse(value.Issuer, environment.IsDevelopment(), out var issuer);
        Issuer = issuer!;
        Path = Issuer.Url.AbsolutePath.TrimEnd('/');
        TokenEndpoint = Issuer.Value.TrimEnd('/') + "/token";
        Keys = new JsonWebKeySet([value.SigningKey!.PublicKey, .. value.PublishedKeys]);
        Metadata = Describe(value).ToUtf8();
    }

    public Issuer Issuer { get; }

    /// <summary>The issuer's path without a slash at its end: empty for a host-only issuer.</summary>
    public string Path { get; }

    /// <summary>The public URL of the token endpoint.</summary>
    public string TokenEndpoint { get; }

    public JsonWebKeySet Keys { get; }

    public byte[] Metadata { get; }

    private AuthorizationServerMetadata Describe(IdJagAuthorizationServerOptions value)
    {
        var baseUrl = Issuer.Value.TrimEnd('/');
        return new AuthorizationServerMetadata
        {
            Issuer = Issuer.Value,
            AuthorizationEndpoint = baseUrl + "/authorize",                // C-32: some clients reject a document without one
            TokenEndpoint = TokenEndpoint,
            JwksUri = baseUrl + "/jwks",
            SubjectTypesSupported = ["public"],
            IdTokenSigningAlgValuesSupported = [value.SigningKey!.Algorithm.Name],
            GrantTypesSupported = value.AcceptsJwtDpopGrant ? [GrantType.JwtBearer, GrantType.JwtDpop] : [GrantType.JwtBearer],
            AuthorizationGrantProfilesSupported = [GrantType.IdJagProfile],
            TokenEndpointAuthMethodsSupported = ["client_secret_basic", "client_secret_post"],
            DpopSigningAlgValuesSupported = [.. DpopProof.Algorithms.Select(algorithm => algorithm.Name)],      // META-11
            ScopesSupported = [.. value.Resources.SelectMany(resource => resource.Scopes).Distinct(StringComparer.Ordinal)],
        };
    }
}
