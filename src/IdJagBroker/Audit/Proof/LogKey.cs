using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Audit.Proof;

/// <summary>
/// A public key that verifies the log's notes: ECDSA on P-256 with SHA-256, the one signature type that is read (C2SP signed-note, 0x02).
/// </summary>
internal sealed class LogKey
{
    private const byte EcdsaType = 2;

    private readonly ECDsa _key;

    private LogKey(JsonWebKey jwk, ECDsa key, string? name)
    {
        (PublicKey, _key, Name) = (jwk, key, name);
        Id = BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
    }

    /// <summary>The name under which it signs, or null if that was not said: then it verifies under any.</summary>
    public string? Name { get; }

    /// <summary>The first four bytes of the SHA-256 of the key (SPKI): a hint which key to try, and no proof of anything.</summary>
    public uint Id { get; }

    /// <summary>The key as the JWKS has it, under its thumbprint.</summary>
    public JsonWebKey PublicKey { get; }

    /// <summary>The <c>kid</c> that the log's <c>key.*</c> events know it by (RFC 7638).</summary>
    public string Kid => PublicKey.Thumbprint;

    /// <exception cref="ArgumentException">It is not on P-256.</exception>
    public static LogKey Of(JsonWebKey key, string? name = null)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json)) key.WriteTo(writer);
        return TryParseJwk(json.ToArray(), name) ?? throw new ArgumentException("The log's keys are on P-256.", nameof(key));
    }

    /// <summary>Reads a key as text: a vkey (C2SP signed-note), a JWK, a JWKS of one key, or a PEM public key. Null if it is none of them, on P-256.</summary>
    public static LogKey? TryParse(string text)
    {
        text = text.Trim();
        if (text.StartsWith('{')) return TryParseJwk(Encoding.UTF8.GetBytes(text), name: null);
        return text.StartsWith("-----BEGIN ", StringComparison.Ordinal) ? TryParsePem(text) : TryParseVkey(text);
    }

    /// <summary><c>name+keyid+base64(0x02 ‖ SPKI)</c>.</summary>
    /// <exception cref="InvalidOperationException">The key has no name.</exception>
    public string ToVkey() => Name is null
        ? throw new InvalidOperationException("A vkey has a name.")
        : $"{Name}+{Id:x8}+{Convert.ToBase64String([EcdsaType, .. _key.ExportSubjectPublicKeyInfo()])}";

    /// <param name="text">The note's text.</param>
    /// <param name="signature">In DER.</param>
    public bool Verify(ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        try
        {
            return _key.VerifyData(text, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)              // not DER
        {
            return false;
        }
    }

    private static LogKey? TryParseVkey(string text)
    {
        var parts = text.Split('+', 3);             // base64 has '+' too, so only the first two separate
        if (parts.Length is not 3 || !SignedNote.IsKeyName(parts[0])) return null;
        var material = new byte[256];
        if (parts[2].Length > 256 || !Convert.TryFromBase64String(parts[2], material, out var length) || length < 2 || material[0] is not EcdsaType) return null;
        return TryImport(key => key.ImportSubjectPublicKeyInfo(material.AsSpan(1, length - 1), out _), parts[0]) is { } parsed
            && parts[1].Length is 8 && uint.TryParse(parts[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id) && id == parsed.Id
            && parsed.ToVkey() == text ? parsed : null;
    }

    private static LogKey? TryParsePem(string text) =>
        text.Contains("PRIVATE", StringComparison.Ordinal) ? null : TryImport(key => key.ImportFromPem(text), name: null);

    private static LogKey? TryParseJwk(byte[] json, string? name)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            var jwk = document.RootElement;
            if (jwk.TryGetProperty("keys", out var keys)) jwk = keys.ValueKind is JsonValueKind.Array && keys.GetArrayLength() is 1 ? keys[0] : default;
            if (JsonWebKey.TryRead(jwk) is not { KeyType: "EC" } key || !key.Fits(JwsAlgorithm.ES256)) return null;
            var (x, y) = (Coordinate(jwk, "x"), Coordinate(jwk, "y"));
            return TryImport(ec => ec.ImportParameters(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x, Y = y } }), name);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[] Coordinate(JsonElement jwk, string name) => System.Buffers.Text.Base64Url.DecodeFromChars(jwk.GetProperty(name).GetString());

    private static LogKey? TryImport(Action<ECDsa> import, string? name)
    {
        var key = ECDsa.Create();
        try
        {
            import(key);
            var jwk = JsonWebKey.Of(key);
            if (jwk.Fits(JwsAlgorithm.ES256)) return new LogKey(jwk, key, name);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)     // no such key, a point off the curve, another curve
        {
        }
        key.Dispose();
        return null;
    }
}
