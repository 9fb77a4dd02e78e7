using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.Dpop;

/// <summary>A client's key and the proofs that it makes for one broker: written by hand, independent of the product's reader.</summary>
internal sealed class ProofMaker(string issuer) : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string TokenEndpoint => issuer + "/oauth2/token";

    public JsonObject Jwk
    {
        get
        {
            var q = _key.ExportParameters(false).Q;
            return new() { ["kty"] = "EC", ["crv"] = "P-256", ["x"] = Base64Url.EncodeToString(q.X!), ["y"] = Base64Url.EncodeToString(q.Y!) };
        }
    }

    /// <summary>The private half, as a careless client would publish it.</summary>
    public string D => Base64Url.EncodeToString(_key.ExportParameters(true).D!);

    /// <summary>RFC 7638 §3, computed here.</summary>
    public string Thumbprint => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(
        $$"""{"crv":"P-256","kty":"EC","x":"{{Jwk["x"]}}","y":"{{Jwk["y"]}}"}""")));

    /// <summary>A good proof for the broker's token endpoint, with whatever <paramref name="change"/> makes of it.</summary>
    public string Make(Action<JsonObject, JsonObject>? change = null, ECDsa? signer = null)
    {
        var header = new JsonObject { ["typ"] = "dpop+jwt", ["alg"] = "ES256", ["jwk"] = Jwk };
        var claims = new JsonObject
        {
            ["jti"] = Guid.NewGuid().ToString("N"), ["htm"] = "POST", ["htu"] = TokenEndpoint, ["iat"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
        };
        change?.Invoke(header, claims);
        return Jwts.Sign(header, claims, signer ?? _key);
    }

    public void Dispose() => _key.Dispose();
}
