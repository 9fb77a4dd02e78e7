namespace IdJagBroker.Protocol.Jws;

/// <summary>A key that signs, wherever its private half lives: in this process, or in a vault that only answers to digests.</summary>
public interface ISigningKey
{
    /// <summary>The public half, with the <c>kid</c> under which it is published.</summary>
    JsonWebKey PublicKey { get; }

    /// <summary>The one algorithm that this key signs with.</summary>
    JwsAlgorithm Algorithm { get; }

    /// <summary>Signs a digest made with the algorithm's hash.</summary>
    /// <param name="digest">The digest of the signing input.</param>
    /// <param name="ct">Ends the attempt.</param>
    /// <returns>The signature in its JWS form: <c>r ‖ s</c> for ECDSA.</returns>
    ValueTask<ReadOnlyMemory<byte>> SignDigestAsync(ReadOnlyMemory<byte> digest, CancellationToken ct);
}
