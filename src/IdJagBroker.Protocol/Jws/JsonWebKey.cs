using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace IdJagBroker.Protocol.Jws;

/// <summary>
/// A public signature key (RFC 7517): P-256, P-384, or RSA of 2048 to 8192 bits. Immutable and safe to share. Private members
/// are never read, so never published.
/// </summary>
public sealed class JsonWebKey
{
    private readonly ECDsa? _ec;
    private readonly RSA? _rsa;

    private JsonWebKey(ECDsa ec, string curve)
    {
        (_ec, KeyType, Curve) = (ec, "EC", curve);
        Thumbprint = ThumbprintOf(ec.ExportParameters(false), curve);
    }

    private JsonWebKey(RSA rsa)
    {
        (_rsa, KeyType) = (rsa, "RSA");
        Thumbprint = ThumbprintOf(rsa.ExportParameters(false));
    }

    /// <summary><c>EC</c> or <c>RSA</c>.</summary>
    public string KeyType { get; }

    /// <summary><c>P-256</c> or <c>P-384</c> for EC, otherwise null.</summary>
    public string? Curve { get; }

    /// <summary>The published <c>kid</c>, or null.</summary>
    public string? KeyId { get; private init; }

    /// <summary>The published <c>alg</c>, or null; a key with one is used with that one only.</summary>
    public string? AlgorithmName { get; private init; }

    /// <summary>The published <c>issuer</c> of this key, as Entra's shared key set has it, or null.</summary>
    public string? Issuer { get; private init; }

    /// <summary>RFC 7638 SHA-256 thumbprint, base64url.</summary>
    public string Thumbprint { get; }

    /// <summary>Whether the key fits the algorithm: type, curve, and its own <c>alg</c> if it has one (SEC-03).</summary>
    public bool Fits(JwsAlgorithm algorithm) =>
        KeyType == algorithm.KeyType && Curve == algorithm.Curve && (AlgorithmName is null || AlgorithmName == algorithm.Name);

    /// <summary>The public half of a key of ours, under its thumbprint (SEC-28).</summary>
    /// <exception cref="ArgumentException">The key is on another curve than P-256 and P-384.</exception>
    public static JsonWebKey Of(ECDsa key)
    {
        var parameters = key.ExportParameters(false);
        var oid = parameters.Curve.Oid;
        return (oid.Value, oid.FriendlyName) switch                     // not by length: secp256k1 has 32 bytes as well
        {
            ("1.2.840.10045.3.1.7", _) or (null, "nistP256" or "ECDSA_P256") =>
                new JsonWebKey(EcdsaSignature.Import(parameters), "P-256").Named(JwsAlgorithm.ES256),
            ("1.3.132.0.34", _) or (null, "nistP384" or "ECDSA_P384") =>
                new JsonWebKey(EcdsaSignature.Import(parameters), "P-384").Named(JwsAlgorithm.ES384),
            _ => throw new ArgumentException("P-256 or P-384.", nameof(key)),
        };
    }

    /// <summary>The public half of a key of ours, under its thumbprint (SEC-28).</summary>
    /// <exception cref="ArgumentException">The key is not one that <see cref="TryRead"/> would read, or the algorithm is not for RSA.</exception>
    public static JsonWebKey Of(RSA key, JwsAlgorithm algorithm)
    {
        var parameters = key.ExportParameters(false);
        if (algorithm.KeyType != "RSA" || !RsaModulus.IsAcceptable(parameters.Modulus))
            throw new ArgumentException("RSA of 2048 to 8192 bits, RS256 or PS256.", nameof(key));
        return new JsonWebKey(RSA.Create(parameters)).Named(algorithm);
    }

    /// <summary>Reads one key; null if it is not a usable public signature key of ours: symmetric, for encryption, too weak, off its curve (SEC-13).</summary>
    public static JsonWebKey? TryRead(JsonElement jwk)
    {
        if (jwk.ValueKind is not JsonValueKind.Object) return null;
        if (Member(jwk, "use") is { } use && use != "sig") return null;
        if (jwk.TryGetProperty("key_ops", out var ops)
            && !(ops.ValueKind is JsonValueKind.Array && ops.EnumerateArray().Any(op => StrictJson.Text(op) is "verify"))) return null;
        var keyId = Member(jwk, "kid");
        if (keyId is { Length: 0 or > JwsHeader.MaxKeyIdChars }) return null;
        try
        {
            var key = Member(jwk, "kty") switch { "EC" => ReadEc(jwk), "RSA" => ReadRsa(jwk), _ => null };
            return key is null ? null : new JsonWebKey(key, keyId, Member(jwk, "alg"), Member(jwk, "issuer"));
        }
        catch (CryptographicException)   // a point off its curve, an even modulus
        {
            return null;
        }
    }

    /// <summary>Writes the public key with <c>use: sig</c>; there is no private member to leak (META-10).</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("kty", KeyType);
        if (_ec is not null)
        {
            var q = _ec.ExportParameters(false).Q;
            json.WriteString("crv", Curve);
            json.WriteString("x", Base64Url.EncodeToString(q.X!));
            json.WriteString("y", Base64Url.EncodeToString(q.Y!));
        }
        else
        {
            var rsa = _rsa!.ExportParameters(false);
            json.WriteString("n", Base64Url.EncodeToString(rsa.Modulus!));
            json.WriteString("e", Base64Url.EncodeToString(rsa.Exponent!));
        }
        json.WriteString("use", "sig");
        if (AlgorithmName is not null) json.WriteString("alg", AlgorithmName);
        if (KeyId is not null) json.WriteString("kid", KeyId);
        json.WriteEndObject();
    }

    internal bool Verify(JwsAlgorithm algorithm, ReadOnlySpan<byte> digest, ReadOnlySpan<byte> signature) =>
        _ec is not null ? EcdsaSignature.Verify(_ec, digest, signature, algorithm.SignatureBytes)
        : signature.Length == SignatureBytes(algorithm) && _rsa!.VerifyHash(digest, signature, algorithm.Hash, algorithm.Padding!);

    /// <summary>The length of this key's signatures; RFC 8017 §8: for RSA as many octets as the modulus, which need not be whole bytes of bits.</summary>
    internal int SignatureBytes(JwsAlgorithm algorithm) => _rsa is null ? algorithm.SignatureBytes : (_rsa.KeySize + 7) / 8;

    /// <summary>Frees a key that served one token, instead of leaving it to the finalizer: strangers make these.</summary>
    internal void Discard()
    {
        _ec?.Dispose();
        _rsa?.Dispose();
    }

    private JsonWebKey(JsonWebKey key, string? keyId, string? algorithm, string? issuer)
    {
        (_ec, _rsa, KeyType, Curve, Thumbprint) = (key._ec, key._rsa, key.KeyType, key.Curve, key.Thumbprint);
        (KeyId, AlgorithmName, Issuer) = (keyId, algorithm, issuer);
    }

    private JsonWebKey Named(JwsAlgorithm algorithm) => new(this, Thumbprint, algorithm.Name, null);

    private static JsonWebKey? ReadEc(JsonElement jwk)
    {
        var (curve, bytes) = Member(jwk, "crv") switch
        {
            "P-256" => (ECCurve.NamedCurves.nistP256, 32),
            "P-384" => (ECCurve.NamedCurves.nistP384, 48),
            _ => (default, 0),
        };
        var (x, y) = (Bytes(jwk, "x"), Bytes(jwk, "y"));
        if (bytes is 0 || x?.Length != bytes || y?.Length != bytes) return null;   // RFC 7518 §6.2.1.2: full length, always
        return new JsonWebKey(EcdsaSignature.Import(new ECParameters { Curve = curve, Q = new() { X = x, Y = y } }), Member(jwk, "crv")!);
    }

    private static JsonWebKey? ReadRsa(JsonElement jwk)
    {
        var (n, e) = (Bytes(jwk, "n"), Bytes(jwk, "e"));
        if (!RsaModulus.IsAcceptable(n) || e is not { Length: >= 1 and <= 8 } || e[0] is 0 || (e[^1] & 1) is 0 || e is [1]) return null;
        return new JsonWebKey(RSA.Create(new RSAParameters { Modulus = n, Exponent = e }));
    }

    private static string? Member(JsonElement jwk, string name) => jwk.TryGetProperty(name, out var value) ? StrictJson.Text(value) ?? "" : null;

    private static byte[]? Bytes(JsonElement jwk, string name) => Member(jwk, name) is { Length: > 0 } text ? StrictBase64Url.Decode(text) : null;

    // RFC 7638 §3: the required members in lexicographic order, without white space
    private static string ThumbprintOf(ECParameters ec, string curve) => Hash(
        $$"""{"crv":"{{curve}}","kty":"EC","x":"{{Base64Url.EncodeToString(ec.Q.X!)}}","y":"{{Base64Url.EncodeToString(ec.Q.Y!)}}"}""");

    private static string ThumbprintOf(RSAParameters rsa) => Hash(
        $$"""{"e":"{{Base64Url.EncodeToString(rsa.Exponent!)}}","kty":"RSA","n":"{{Base64Url.EncodeToString(rsa.Modulus!)}}"}""");

    private static string Hash(string canonical) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
}
