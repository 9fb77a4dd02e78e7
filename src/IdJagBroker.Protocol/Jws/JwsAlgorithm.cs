using System.Security.Cryptography;

namespace IdJagBroker.Protocol.Jws;

/// <summary>
/// The signature algorithms that exist here (RFC 7518 §3, SEC-03). There is no <c>none</c> and no HMAC to be confused into:
/// a name outside this list does not become an algorithm.
/// </summary>
public sealed class JwsAlgorithm
{
    /// <summary>ECDSA on P-256 with SHA-256.</summary>
    public static readonly JwsAlgorithm ES256 = new("ES256", "EC", HashAlgorithmName.SHA256) { Curve = "P-256", SignatureBytes = 64 };

    /// <summary>ECDSA on P-384 with SHA-384.</summary>
    public static readonly JwsAlgorithm ES384 = new("ES384", "EC", HashAlgorithmName.SHA384) { Curve = "P-384", SignatureBytes = 96 };

    /// <summary>RSASSA-PKCS1-v1_5 with SHA-256.</summary>
    public static readonly JwsAlgorithm RS256 = new("RS256", "RSA", HashAlgorithmName.SHA256) { Padding = RSASignaturePadding.Pkcs1 };

    /// <summary>RSASSA-PSS with SHA-256.</summary>
    public static readonly JwsAlgorithm PS256 = new("PS256", "RSA", HashAlgorithmName.SHA256) { Padding = RSASignaturePadding.Pss };

    private JwsAlgorithm(string name, string keyType, HashAlgorithmName hash) => (Name, KeyType, Hash) = (name, keyType, hash);

    /// <summary>The registered name, case-sensitive.</summary>
    public string Name { get; }

    /// <summary>The <c>kty</c> of the keys it takes.</summary>
    public string KeyType { get; }

    /// <summary>The hash of the signing input.</summary>
    public HashAlgorithmName Hash { get; }

    /// <summary>For ECDSA, the one curve it takes.</summary>
    public string? Curve { get; private init; }

    /// <summary>For ECDSA, the length of a signature, <c>r</c> and <c>s</c> together; 0 for RSA, where the key decides.</summary>
    public int SignatureBytes { get; private init; }

    internal RSASignaturePadding? Padding { get; private init; }

    /// <summary>Every algorithm.</summary>
    public static IReadOnlyList<JwsAlgorithm> All { get; } = [ES256, ES384, RS256, PS256];

    internal static readonly string[] Names = [.. All.Select(algorithm => algorithm.Name)];

    /// <summary>The algorithm of that exact name, or null.</summary>
    public static JwsAlgorithm? Find(string? name) => name switch
    {
        "ES256" => ES256,
        "ES384" => ES384,
        "RS256" => RS256,
        "PS256" => PS256,
        _ => null,
    };

    /// <summary>Hashes a signing input; returns the length of the digest, in bytes.</summary>
    internal int Digest(ReadOnlySpan<byte> input, Span<byte> digest) =>
        Hash == HashAlgorithmName.SHA384 ? SHA384.HashData(input, digest) : SHA256.HashData(input, digest);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
