using System.Security.Cryptography;

namespace IdJagBroker.Protocol.Jws;

/// <summary>A key whose private half is in this process's memory: for Development, tests, and a vendor's own choice.</summary>
public sealed class InProcessSigningKey : ISigningKey, IDisposable
{
    private readonly ECDsa? _ec;
    private readonly RSA? _rsa;

    /// <summary>An ES256 or ES384 key, by its curve.</summary>
    /// <exception cref="ArgumentException">It is on another curve.</exception>
    public InProcessSigningKey(ECDsa key)
    {
        (_ec, PublicKey) = (key, JsonWebKey.Of(key));
        Algorithm = JwsAlgorithm.Find(PublicKey.AlgorithmName)!;
    }

    /// <summary>An RS256 or PS256 key.</summary>
    /// <exception cref="ArgumentException">The key is shorter than 2048 bits, or the algorithm is not for RSA.</exception>
    public InProcessSigningKey(RSA key, JwsAlgorithm algorithm) => (_rsa, PublicKey, Algorithm) = (key, JsonWebKey.Of(key, algorithm), algorithm);

    /// <inheritdoc/>
    public JsonWebKey PublicKey { get; }

    /// <inheritdoc/>
    public JwsAlgorithm Algorithm { get; }

    /// <summary>A new P-256 key, never stored.</summary>
    public static InProcessSigningKey CreateEs256() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>> SignDigestAsync(ReadOnlyMemory<byte> digest, CancellationToken ct) =>
        ValueTask.FromResult<ReadOnlyMemory<byte>>(_ec is not null ? Sign(_ec, digest.Span) : _rsa!.SignHash(digest.Span, Algorithm.Hash, Algorithm.Padding!));

    // Into its place: the platform's other way makes three arrays of each signature.
    private byte[] Sign(ECDsa key, ReadOnlySpan<byte> digest)
    {
        var signature = new byte[PublicKey.SignatureBytes(Algorithm)];
        return key.TrySignHash(digest, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation, out var length) && length == signature.Length
            ? signature
            : throw new CryptographicException("The signature is not as long as its curve says.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ec?.Dispose();
        _rsa?.Dispose();
    }
}
