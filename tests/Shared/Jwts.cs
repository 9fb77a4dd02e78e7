using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace IdJagBroker.Shared;

/// <summary>Makes tokens by hand, right ones and wrong ones: independent of the product's own writer.</summary>
internal static class Jwts
{
    public static string Sign(JsonObject header, JsonObject claims, ECDsa key) => Sign(header.ToJsonString(), claims.ToJsonString(), key);

    public static string Sign(string header, string claims, ECDsa key)
    {
        var input = $"{Encode(header)}.{Encode(claims)}";
        return $"{input}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256))}";
    }

    public static string Sign(JsonObject header, JsonObject claims, RSA key)
    {
        var input = $"{Encode(header.ToJsonString())}.{Encode(claims.ToJsonString())}";
        return $"{input}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    /// <summary>Signs with an HMAC over <paramref name="secret"/>: what algorithm confusion makes of a public key.</summary>
    public static string SignHmac(JsonObject header, JsonObject claims, byte[] secret)
    {
        var input = $"{Encode(header.ToJsonString())}.{Encode(claims.ToJsonString())}";
        return $"{input}.{Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(input)))}";
    }

    public static JsonObject Claims(string token) => Part(token, 1);

    public static JsonObject Header(string token) => Part(token, 0);

    public static string Encode(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    private static JsonObject Part(string token, int index) =>
        JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[index]))!.AsObject();
}
