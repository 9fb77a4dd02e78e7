using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace IdJagBroker.McpAuthorization.Tests.Support;

/// <summary>A JWT in the making: every part of it can be spoiled before it is signed, or after. Shares no code with the product.</summary>
public sealed class Draft(ECDsa key, JsonObject header, JsonObject claims)
{
    public JsonObject Header { get; } = header;
    public JsonObject Claims { get; } = claims;
    public string? RawHeader { get; set; }
    public string? RawClaims { get; set; }
    public Func<byte[], byte[]> Sign { get; set; } =
        input => key.SignData(input, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    public Func<string, string> Mangle { get; set; } = token => token;

    public string Encode()
    {
        var input = Part(RawHeader ?? Header.ToJsonString()) + "." + Part(RawClaims ?? Claims.ToJsonString());
        return Mangle(input + "." + Base64Url.EncodeToString(Sign(Encoding.ASCII.GetBytes(input))));
    }

    public static JsonObject Payload(string token) => JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[1]))!.AsObject();

    public static JsonObject HeaderOf(string token) => JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[0]))!.AsObject();

    private static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
