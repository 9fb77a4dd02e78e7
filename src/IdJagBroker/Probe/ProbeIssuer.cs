using System.Text.Json.Nodes;
using IdJagBroker.Protocol;

namespace IdJagBroker.Probe;

/// <summary>What the issuer of a test publishes: keys, and where they are.</summary>
internal static class ProbeIssuer
{
    public static Uri KeysOf(string issuer) => new(issuer.TrimEnd('/') + "/jwks.json");

    public static JsonObject KeySet(PrivateKey key) => new() { ["keys"] = new JsonArray(key.PublicJwk.DeepClone()) };

    /// <summary>Issuer metadata (RFC 8414 §2), with what receivers read: this issuer answers no requests, so it has no endpoints.</summary>
    public static JsonObject Metadata(string issuer) => new()
    {
        ["issuer"] = issuer, ["jwks_uri"] = KeysOf(issuer).OriginalString, ["response_types_supported"] = new JsonArray(), ["grant_types_supported"] = new JsonArray(GrantType.TokenExchange),
        ["identity_chaining_requested_token_types_supported"] = new JsonArray(TokenType.IdJag),
    };
}
