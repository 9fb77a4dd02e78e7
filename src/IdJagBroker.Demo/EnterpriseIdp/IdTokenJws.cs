using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Demo.EnterpriseIdp.Shapes;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>
/// Signs ID Tokens the way providers do, which is not the product's way: some leave <c>typ</c> out or add <c>x5t</c>. The writer is
/// the provider's own, so that no token here is proof of the product's writer agreeing with its reader.
/// </summary>
internal static class IdTokenJws
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes header and claims as the shape has them, and signs.</summary>
    public static ValueTask<string> SignAsync(ISigningKey key, IdTokenShape shape, Shapes.SignIn signIn, CancellationToken ct)
    {
        var header = HeaderOf(key);
        if (shape.HeaderType is { } type) header["typ"] = type;
        if (shape.HeaderHasX5t) header["x5t"] = key.PublicKey.KeyId;
        return SignAsync(key, header, shape.Claims(signIn), ct);
    }

    /// <summary>The least that a header says: which algorithm, which key.</summary>
    public static JsonObject HeaderOf(ISigningKey key) => new() { ["alg"] = key.Algorithm.Name, ["kid"] = key.PublicKey.KeyId };

    /// <summary>Signs header and claims as they are.</summary>
    public static async ValueTask<string> SignAsync(ISigningKey key, JsonObject header, JsonObject claims, CancellationToken ct)
    {
        var input = $"{Encode(header)}.{Encode(claims)}";
        var digest = CryptographicOperations.HashData(key.Algorithm.Hash, Encoding.ASCII.GetBytes(input));
        var signature = await key.SignDigestAsync(digest, ct);
        return $"{input}.{Base64Url.EncodeToString(signature.Span)}";
    }

    private static string Encode(JsonObject json)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Compact)) json.WriteTo(writer);
        return Base64Url.EncodeToString(buffer.ToArray());
    }
}
