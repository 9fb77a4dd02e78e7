using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace IdJagBroker.McpAuthorization.Tests.Support;

/// <summary>A client's key and the DPoP proofs that it makes, to be spoiled. Shares no code with the product.</summary>
public sealed class Prover : IDisposable
{
    public const string TokenEndpoint = Ras.Issuer + "/token";

    private readonly ECDsa _key = Keys.P256();

    public JsonObject Jwk
    {
        get
        {
            var jwk = Keys.Jwk(_key, null);
            jwk.Remove("use");
            return jwk;
        }
    }

    /// <summary>The private half, as a careless client would publish it.</summary>
    public string D => Base64Url.EncodeToString(_key.ExportParameters(true).D!);

    /// <summary>RFC 7638 §3, computed here.</summary>
    public string Thumbprint => Hash($$"""{"crv":"P-256","kty":"EC","x":"{{Jwk["x"]}}","y":"{{Jwk["y"]}}"}""");

    /// <summary>A good proof for the token endpoint.</summary>
    public Draft Proof(DateTimeOffset? now = null) => new(
        _key, new JsonObject { ["typ"] = "dpop+jwt", ["alg"] = "ES256", ["jwk"] = Jwk }, new JsonObject
        {
            ["jti"] = Convert.ToHexString(RandomNumberGenerator.GetBytes(16)), ["htm"] = "POST", ["htu"] = TokenEndpoint, ["iat"] = (now ?? ManualClock.T0).ToUnixTimeSeconds(),
        });

    /// <summary>A good proof for a call of the MCP server with that access token.</summary>
    public Draft CallProof(string accessToken, DateTimeOffset? now = null)
    {
        var proof = Proof(now);
        (proof.Claims["htu"], proof.Claims["ath"]) = (Ras.Resource, Hash(accessToken));
        return proof;
    }

    public static string Hash(string text) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(text)));

    public void Dispose() => _key.Dispose();
}
