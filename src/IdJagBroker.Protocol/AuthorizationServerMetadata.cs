using System.Text.Json;
using System.Text.Json.Serialization;

namespace IdJagBroker.Protocol;

/// <summary>
/// Authorization server metadata (RFC 8414 §2, OpenID Connect Discovery §3), for both ends. What real clients insist on is always
/// there (interop: C-32, META-09, META-16), and nothing tells whom an authorization server trusts (META-08).
/// </summary>
public sealed record AuthorizationServerMetadata
{
    /// <summary>Identical to the URL that the document is derived from.</summary>
    [JsonPropertyName("issuer")]
    public required string Issuer { get; init; }

    /// <summary>There even where no code flow is: some clients reject a document without it.</summary>
    [JsonPropertyName("authorization_endpoint")]
    public required string AuthorizationEndpoint { get; init; }

    /// <summary>Where tokens are asked for.</summary>
    [JsonPropertyName("token_endpoint")]
    public required string TokenEndpoint { get; init; }

    /// <summary>The public keys.</summary>
    [JsonPropertyName("jwks_uri")]
    public required string JwksUri { get; init; }

    /// <summary>Required by RFC 8414 §2.</summary>
    [JsonPropertyName("response_types_supported")]
    public IReadOnlyList<string> ResponseTypesSupported { get; init; } = ["code"];

    /// <summary>Required by OpenID Connect Discovery §3, and read by clients that only know that.</summary>
    [JsonPropertyName("subject_types_supported")]
    public IReadOnlyList<string>? SubjectTypesSupported { get; init; }

    /// <summary>Required by OpenID Connect Discovery §3.</summary>
    [JsonPropertyName("id_token_signing_alg_values_supported")]
    public IReadOnlyList<string>? IdTokenSigningAlgValuesSupported { get; init; }

    /// <summary>The grants.</summary>
    [JsonPropertyName("grant_types_supported")]
    public required IReadOnlyList<string> GrantTypesSupported { get; init; }

    /// <summary>Always <c>S256</c>.</summary>
    [JsonPropertyName("code_challenge_methods_supported")]
    public IReadOnlyList<string> CodeChallengeMethodsSupported { get; init; } = ["S256"];

    /// <summary>The client authentication methods, exactly as enforced.</summary>
    [JsonPropertyName("token_endpoint_auth_methods_supported")]
    public required IReadOnlyList<string> TokenEndpointAuthMethodsSupported { get; init; }

    /// <summary>The algorithms of client assertions; there whenever <c>private_key_jwt</c> is listed.</summary>
    [JsonPropertyName("token_endpoint_auth_signing_alg_values_supported")]
    public IReadOnlyList<string>? TokenEndpointAuthSigningAlgValuesSupported { get; init; }

    /// <summary>The algorithms of DPoP proofs (RFC 9449 §5.1); there whenever proofs are taken (META-11).</summary>
    [JsonPropertyName("dpop_signing_alg_values_supported")]
    public IReadOnlyList<string>? DpopSigningAlgValuesSupported { get; init; }

    /// <summary>The scopes.</summary>
    [JsonPropertyName("scopes_supported")]
    public IReadOnlyList<string>? ScopesSupported { get; init; }

    /// <summary>Broker: which token types can be asked for (ID-JAG §7.1).</summary>
    [JsonPropertyName("identity_chaining_requested_token_types_supported")]
    public IReadOnlyList<string>? IdentityChainingRequestedTokenTypesSupported { get; init; }

    /// <summary>MCP authorization server: that it accepts ID-JAGs (ID-JAG §7.2).</summary>
    [JsonPropertyName("authorization_grant_profiles_supported")]
    public IReadOnlyList<string>? AuthorizationGrantProfilesSupported { get; init; }

    /// <summary>That clients may use the address of their metadata document as client id (META-13); absent, not false, where they may not.</summary>
    [JsonPropertyName("client_id_metadata_document_supported")]
    public bool? ClientIdMetadataDocumentSupported { get; init; }

    /// <summary>Where clients give tokens back (RFC 7009), if they can.</summary>
    [JsonPropertyName("revocation_endpoint")]
    public string? RevocationEndpoint { get; init; }

    /// <summary>How they authenticate there.</summary>
    [JsonPropertyName("revocation_endpoint_auth_methods_supported")]
    public IReadOnlyList<string>? RevocationEndpointAuthMethodsSupported { get; init; }

    /// <summary>Where resource servers ask what a token means (RFC 7662), if they can.</summary>
    [JsonPropertyName("introspection_endpoint")]
    public string? IntrospectionEndpoint { get; init; }

    /// <summary>How they authenticate there.</summary>
    [JsonPropertyName("introspection_endpoint_auth_methods_supported")]
    public IReadOnlyList<string>? IntrospectionEndpointAuthMethodsSupported { get; init; }

    /// <summary>Where claims about a person are asked for (OpenID Connect Core §5.3), if people sign in here.</summary>
    [JsonPropertyName("userinfo_endpoint")]
    public string? UserInfoEndpoint { get; init; }

    /// <summary>Where a browser is sent to sign out (OpenID Connect RP-Initiated Logout §2.1).</summary>
    [JsonPropertyName("end_session_endpoint")]
    public string? EndSessionEndpoint { get; init; }

    /// <summary>How the answer of the authorization endpoint comes.</summary>
    [JsonPropertyName("response_modes_supported")]
    public IReadOnlyList<string>? ResponseModesSupported { get; init; }

    /// <summary>The values of <c>prompt</c> (Initiating User Registration §4 names the member).</summary>
    [JsonPropertyName("prompt_values_supported")]
    public IReadOnlyList<string>? PromptValuesSupported { get; init; }

    /// <summary>The claims that ID Tokens and the userinfo endpoint may have.</summary>
    [JsonPropertyName("claims_supported")]
    public IReadOnlyList<string>? ClaimsSupported { get; init; }

    /// <summary>That answers of the authorization endpoint name the issuer (RFC 9207 §3).</summary>
    [JsonPropertyName("authorization_response_iss_parameter_supported")]
    public bool? AuthorizationResponseIssParameterSupported { get; init; }

    /// <summary>False: OpenID Connect Discovery §3 reads a missing one as false too, and clients look for it.</summary>
    [JsonPropertyName("request_parameter_supported")]
    public bool? RequestParameterSupported { get; init; }

    /// <summary>False; a missing one would mean true (OpenID Connect Discovery §3).</summary>
    [JsonPropertyName("request_uri_parameter_supported")]
    public bool? RequestUriParameterSupported { get; init; }

    /// <summary>The document, UTF-8.</summary>
    public byte[] ToUtf8() => JsonSerializer.SerializeToUtf8Bytes(this, ProtocolJson.Default.AuthorizationServerMetadata);

    /// <summary>
    /// The paths at which clients look for an issuer's document (C-31): inserted before the issuer's path (RFC 8414 §3.1) and
    /// appended to it (OpenID Connect Discovery §4), under both names.
    /// </summary>
    public static IReadOnlyList<string> PathsFor(Issuer issuer)
    {
        var path = issuer.Url.AbsolutePath.TrimEnd('/');
        return
        [
            .. new[]
            {
                "/.well-known/oauth-authorization-server" + path, "/.well-known/openid-configuration" + path,
                path + "/.well-known/oauth-authorization-server", path + "/.well-known/openid-configuration",
            }.Distinct(StringComparer.Ordinal),
        ];
    }
}
