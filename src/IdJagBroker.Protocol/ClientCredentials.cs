using System.Text;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Protocol;

/// <summary>How a client proves who it is (RFC 6749 §2.3, RFC 7523 §2.2).</summary>
public enum ClientAuthenticationMethod
{
    /// <summary>Only a <c>client_id</c>: a public client.</summary>
    None,

    /// <summary>HTTP Basic.</summary>
    ClientSecretBasic,

    /// <summary><c>client_secret</c> in the body.</summary>
    ClientSecretPost,

    /// <summary>A signed <c>client_assertion</c>.</summary>
    PrivateKeyJwt,
}

/// <summary>What a client says of itself in a token request: well-formed, not yet verified.</summary>
public sealed record ClientCredentials
{
    private ClientCredentials(ClientAuthenticationMethod method) => Method = method;

    /// <summary>The one method used.</summary>
    public ClientAuthenticationMethod Method { get; }

    /// <summary>The <c>client_id</c> given; null only with an assertion, whose <c>sub</c> then names the client.</summary>
    public string? ClientId { get; private init; }

    /// <summary>The secret, for the two secret methods.</summary>
    public string? Secret { get; private init; }

    /// <summary>
    /// The two halves of Basic as they stand, when decoding them changed something: some clients send them unencoded (SEC-22).
    /// </summary>
    public (string ClientId, string Secret)? Raw { get; private init; }

    /// <summary>The <c>client_assertion</c>, for <see cref="ClientAuthenticationMethod.PrivateKeyJwt"/>.</summary>
    public EncodedJwt? Assertion { get; private init; }

    /// <summary>Whether Basic was used, so that a refusal must challenge (IDP-23).</summary>
    public bool UsedBasic => Method is ClientAuthenticationMethod.ClientSecretBasic;

    /// <summary>
    /// Finds the one method used (IDP-24). Refuses two methods with <c>invalid_request</c>, and no, broken or contradicting
    /// credentials with <c>invalid_client</c>.
    /// </summary>
    /// <param name="form">The request's parameters.</param>
    /// <param name="authorization">The values of the <c>Authorization</c> header, one per header line.</param>
    public static OAuthResult<ClientCredentials> Parse(OAuthForm form, IReadOnlyList<string?> authorization)
    {
        var clientId = form["client_id"];
        var secret = form["client_secret"];
        var assertion = form.Token("client_assertion");
        var assertionType = form["client_assertion_type"];
        if (authorization.Count > 1) return OAuthError.InvalidRequest("more than one Authorization header");
        var methods = (authorization.Count is 1 ? 1 : 0) + (secret is null ? 0 : 1) + (assertion is null && assertionType is null ? 0 : 1);
        if (methods > 1) return OAuthError.InvalidRequest("more than one client authentication method");

        if (authorization.Count is 1) return ParseBasic(authorization[0], clientId);
        if (secret is not null)
            return clientId is null
                ? OAuthError.InvalidClient("client_id is required")
                : new ClientCredentials(ClientAuthenticationMethod.ClientSecretPost) { ClientId = clientId, Secret = secret };
        if (assertion is not null || assertionType is not null)
        {
            if (assertion is null) return OAuthError.InvalidClient("client_assertion is required");
            if (assertionType != TokenType.ClientAssertion) return OAuthError.InvalidClient("client_assertion_type is not supported");
            return new ClientCredentials(ClientAuthenticationMethod.PrivateKeyJwt) { ClientId = clientId, Assertion = assertion };
        }
        return clientId is null
            ? OAuthError.InvalidClient("client authentication is required")
            : new ClientCredentials(ClientAuthenticationMethod.None) { ClientId = clientId };
    }

    private static OAuthResult<ClientCredentials> ParseBasic(string? header, string? clientId)
    {
        var broken = OAuthError.InvalidClient("the Authorization header is not understood", challengesBasic: true);
        if (header is null || !header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return broken;
        var bytes = new byte[header.Length];
        var encoded = header.AsSpan("Basic ".Length).Trim(' ');
        if (encoded.ContainsAny(" \t\r\n") || !Convert.TryFromBase64Chars(encoded, bytes, out var length)) return broken;
        if (!System.Text.Unicode.Utf8.IsValid(bytes.AsSpan(0, length))) return broken;

        var pair = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = pair.IndexOf(':');                                  // RFC 7617 §2: the first one; a secret may hold more
        if (colon <= 0 || pair.Contains('\0')) return broken;
        var raw = (ClientId: pair[..colon], Secret: pair[(colon + 1)..]);
        var id = FormDecode(raw.ClientId);
        if (clientId is not null && clientId != id && clientId != raw.ClientId)
            return OAuthError.InvalidClient("client_id differs from the authenticated client", challengesBasic: true);
        var decoded = FormDecode(raw.Secret);
        if (id.Contains('\0') || decoded.Contains('\0')) return broken;   // %00: no database takes it as text
        return new ClientCredentials(ClientAuthenticationMethod.ClientSecretBasic)
        {
            ClientId = id,
            Secret = decoded,
            Raw = id == raw.ClientId && decoded == raw.Secret ? null : raw,
        };
    }

    // RFC 6749 §2.3.1: both halves are form-url-encoded before they are joined
    private static string FormDecode(string half) => Uri.UnescapeDataString(half.Replace('+', ' '));

    /// <summary>Names the method, never the secret.</summary>
    public override string ToString() => $"{Method} {ClientId}";
}
