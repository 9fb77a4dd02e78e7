using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Tests.Hosting;

/// <summary>A key that turns, once a broker has started with it, into a bug of ours: nothing that is away, and nothing that a client did.</summary>
internal sealed class FaultyKey : ISigningKey, IDisposable
{
    private readonly InProcessSigningKey _key = InProcessSigningKey.CreateEs256();

    public bool IsBroken { get; set; }

    public JsonWebKey PublicKey => IsBroken ? throw new InvalidOperationException("a bug of ours, in detail") : _key.PublicKey;

    public JwsAlgorithm Algorithm => _key.Algorithm;

    public ValueTask<ReadOnlyMemory<byte>> SignDigestAsync(ReadOnlyMemory<byte> digest, CancellationToken ct) => _key.SignDigestAsync(digest, ct);

    public void Dispose() => _key.Dispose();
}
