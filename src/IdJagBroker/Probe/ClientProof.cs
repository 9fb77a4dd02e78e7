using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol;

namespace IdJagBroker.Probe;

/// <summary>How the client of the test proves who it is (RFC 6749 §2.3, RFC 7523 §2.2). Holds its secret or key; neither is ever told.</summary>
internal sealed class ClientProof
{
    private readonly string? _secret;
    private readonly PrivateKey? _key;

    private ClientProof(string clientId, string method, string? secret, PrivateKey? key) => (ClientId, Method, _secret, _key) = (clientId, method, secret, key);

    public string ClientId { get; }

    /// <summary>As metadata names it (RFC 8414 §2).</summary>
    public string Method { get; }

    public bool IsPublic => Method is "none";

    /// <summary>A client assertion is addressed to the token endpoint, as RFC 7523 alone has it, and not to the issuer (C-19).</summary>
    public bool NamesTokenEndpoint { get; init; }

    public static ClientProof OfSecret(string clientId, string secret, bool basic) => new(clientId, basic ? "client_secret_basic" : "client_secret_post", secret, null);

    public static ClientProof OfKey(string clientId, PrivateKey key, bool namesTokenEndpoint) => new(clientId, "private_key_jwt", null, key) { NamesTokenEndpoint = namesTokenEndpoint };

    public static ClientProof None(string clientId) => new(clientId, "none", null, null);

    /// <summary>The same client with a secret or key that is not its own.</summary>
    public ClientProof Impostor() => new(ClientId, Method, _secret is null ? null : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)), _key?.Impostor()) { NamesTokenEndpoint = NamesTokenEndpoint };

    /// <summary>Adds the proof to a request.</summary>
    /// <returns>The <c>Authorization</c> header, or null.</returns>
    public string? Prove(List<(string Name, string Value)> form, Issuer server, Uri tokenEndpoint, DateTimeOffset now)
    {
        switch (Method)
        {
            case "client_secret_basic":         // RFC 6749 §2.3.1: both halves are form-encoded first
                return "Basic " + Basic;
            case "client_secret_post":
                form.AddRange([("client_id", ClientId), ("client_secret", _secret!)]);
                return null;
            case "private_key_jwt":
                form.AddRange([("client_id", ClientId), ("client_assertion_type", TokenType.ClientAssertion), ("client_assertion", Assertion(NamesTokenEndpoint ? tokenEndpoint.OriginalString : server.Value, now))]);
                return null;
            default:
                form.Add(("client_id", ClientId));
                return null;
        }
    }

    /// <summary>Takes its secret out of what a server says.</summary>
    public string Redact(string text) => _secret is null ? text
        : ((string[])[_secret, WebUtility.UrlEncode(_secret), Uri.EscapeDataString(_secret), Basic]).Aggregate(text, (rest, spelling) => rest.Replace(spelling, "…", StringComparison.Ordinal));

    /// <summary>Never the secret.</summary>
    public override string ToString() => $"{ClientId} ({Method})";

    private string Basic => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{WebUtility.UrlEncode(ClientId)}:{WebUtility.UrlEncode(_secret)}"));

    private string Assertion(string audience, DateTimeOffset now)
    {
        var at = now.ToUnixTimeSeconds();
        return new JwtDraft(
            new JsonObject { ["alg"] = _key!.Algorithm, ["typ"] = JwtType.ClientAuthentication, ["kid"] = _key.KeyId },
            new JsonObject { ["iss"] = ClientId, ["sub"] = ClientId, ["aud"] = audience, ["jti"] = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16)), ["iat"] = at, ["exp"] = at + 60 },
            _key.Sign).Encode();
    }
}
