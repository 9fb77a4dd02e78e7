using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace IdJagBroker.StandIn;

/// <summary>What a vault does with a key: sign, verify, wrapKey, unwrapKey.</summary>
internal static class KeyOperation
{
    private static readonly Dictionary<string, (string Type, HashAlgorithmName Hash, int Bytes, string? Curve)> Signatures = new()
    {
        ["ES256"] = ("EC", HashAlgorithmName.SHA256, 32, "P-256"),
        ["ES384"] = ("EC", HashAlgorithmName.SHA384, 48, "P-384"),
        ["ES512"] = ("EC", HashAlgorithmName.SHA512, 64, "P-521"),
        ["RS256"] = ("RSA", HashAlgorithmName.SHA256, 32, null),
        ["RS384"] = ("RSA", HashAlgorithmName.SHA384, 48, null),
        ["RS512"] = ("RSA", HashAlgorithmName.SHA512, 64, null),
        ["PS256"] = ("RSA", HashAlgorithmName.SHA256, 32, null),
        ["PS384"] = ("RSA", HashAlgorithmName.SHA384, 48, null),
        ["PS512"] = ("RSA", HashAlgorithmName.SHA512, 64, null),
    };

    /// <param name="operation">As <c>key_ops</c> names it.</param>
    public static JsonNode Perform(string operation, KeyVersion key, JsonObject body, DateTimeOffset now)
    {
        // A key that is past its time still verifies and unwraps what it once signed and wrapped.
        var makes = operation is "sign" or "wrapKey";
        if (!key.Enabled) throw VaultFailure.KeyDisabled(operation);
        if (!key.Operations.Contains(operation)) throw VaultFailure.NotPermitted(operation);
        if (makes && (now.ToUnixTimeSeconds() < key.NotBefore || now.ToUnixTimeSeconds() >= key.Expires)) throw VaultFailure.OutsideItsTimes(operation);
        var algorithm = Text(body, "alg");
        return operation switch
        {
            "sign" => Encode(Sign(key, algorithm, Bytes(body, "value"))),
            "verify" => Verify(key, algorithm, Bytes(body, "digest"), Bytes(body, "value")),
            "wrapKey" => Encode(Wrapping(key, algorithm).Encrypt(Bytes(body, "value"), Padding(algorithm))),
            _ => Encode(Unwrap(Wrapping(key, algorithm), algorithm, Bytes(body, "value"))),
        };
    }

    private static byte[] Sign(KeyVersion key, string algorithm, byte[] digest)
    {
        var (hash, padding) = Signing(key, algorithm, digest);
        return key.Ec is { } ec ? ec.SignHash(digest, DSASignatureFormat.IeeeP1363FixedFieldConcatenation) : key.Rsa!.SignHash(digest, hash, padding);
    }

    private static bool Verify(KeyVersion key, string algorithm, byte[] digest, byte[] signature)
    {
        var (hash, padding) = Signing(key, algorithm, digest);
        return key.Ec is { } ec ? ec.VerifyHash(digest, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation) : key.Rsa!.VerifyHash(digest, signature, hash, padding);
    }

    private static (HashAlgorithmName, RSASignaturePadding) Signing(KeyVersion key, string algorithm, byte[] digest)
    {
        if (!Signatures.TryGetValue(algorithm, out var known)) throw VaultFailure.BadParameter($"Property alg has invalid value {algorithm}.");
        if (!key.KeyType.StartsWith(known.Type, StringComparison.Ordinal) || known.Curve != key.Curve)
            throw VaultFailure.BadParameter($"Key and signing algorithm are incompatible. Key is of type '{key.KeyType}', and algorithm '{algorithm}' can only be used with a key of type '{known.Type}'.");
        if (digest.Length != known.Bytes) throw VaultFailure.BadParameter($"Invalid length of 'value': {digest.Length} bytes.");
        return (known.Hash, algorithm[0] is 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
    }

    private static RSA Wrapping(KeyVersion key, string algorithm) => key.Rsa
        ?? throw VaultFailure.BadParameter($"Key and encryption algorithm are incompatible. Key is of type '{key.KeyType}', and algorithm '{algorithm}' can only be used with a key of type 'RSA'.");

    private static byte[] Unwrap(RSA key, string algorithm, byte[] wrapped)
    {
        try
        {
            return key.Decrypt(wrapped, Padding(algorithm));
        }
        catch (CryptographicException)
        {
            throw VaultFailure.BadParameter("The parameter is incorrect.");
        }
    }

    private static RSAEncryptionPadding Padding(string algorithm) => algorithm switch
    {
        "RSA-OAEP-256" => RSAEncryptionPadding.OaepSHA256,
        "RSA-OAEP" => RSAEncryptionPadding.OaepSHA1,
        _ => throw VaultFailure.BadParameter($"Property alg has invalid value {algorithm}."),
    };

    private static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);

    private static string Text(JsonObject body, string name) =>
        body[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw VaultFailure.BadParameter($"Property {name} is required.");

    private static byte[] Bytes(JsonObject body, string name)
    {
        try
        {
            return Base64Url.DecodeFromChars(Text(body, name));
        }
        catch (FormatException)
        {
            throw VaultFailure.BadParameter($"Property {name} is not base64url.");
        }
    }
}
