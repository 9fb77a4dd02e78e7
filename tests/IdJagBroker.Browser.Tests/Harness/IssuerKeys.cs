using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Shared;

namespace IdJagBroker.Browser.Tests.Harness;

/// <summary>The keys of an issuer, found as an application finds them (OpenID Connect Discovery §4): independent of the product's own reader.</summary>
internal sealed class IssuerKeys(HttpClient http, string issuer)
{
    /// <summary>The claims of a token that one of them signed.</summary>
    public async Task<JsonObject> ReadAsync(string token)
    {
        var metadata = JsonNode.Parse(await http.GetStringAsync(new Uri(issuer + "/.well-known/openid-configuration")))!;
        var keys = JsonNode.Parse(await http.GetStringAsync(new Uri((string)metadata["jwks_uri"]!)))!["keys"]!.AsArray();
        var header = Jwts.Header(token);
        var key = Assert.Single(keys, key => (string?)key!["kid"] == (string?)header["kid"])!;
        var end = token.LastIndexOf('.');
        var (input, signature) = (Encoding.ASCII.GetBytes(token, 0, end), Base64Url.DecodeFromChars(token.AsSpan(end + 1)));
        Assert.True((string?)header["alg"] switch
        {
            "RS256" => Verify(Rsa(key), input, signature),
            "ES256" => Verify(Ec(key), input, signature),
            _ => false,
        });
        return Jwts.Claims(token);
    }

    private static bool Verify(RSAParameters key, byte[] input, byte[] signature)
    {
        using var rsa = RSA.Create(key);
        return rsa.VerifyData(input, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    private static bool Verify(ECParameters key, byte[] input, byte[] signature)
    {
        using var ec = ECDsa.Create(key);
        return ec.VerifyData(input, signature, HashAlgorithmName.SHA256);
    }

    private static RSAParameters Rsa(JsonNode key) => new() { Modulus = Bytes(key, "n"), Exponent = Bytes(key, "e") };

    private static ECParameters Ec(JsonNode key) => new() { Curve = ECCurve.NamedCurves.nistP256, Q = new() { X = Bytes(key, "x"), Y = Bytes(key, "y") } };

    private static byte[] Bytes(JsonNode key, string name) => Base64Url.DecodeFromChars((string)key[name]!);
}
