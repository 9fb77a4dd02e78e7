using IdJagBroker.Audit;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Clients;

/// <summary>Takes client assertions for this issuer, each once (RFC 7523 §3).</summary>
internal sealed class ClientAssertions(Issuer issuer, TimeProvider clock)
{
    private readonly string[] _audiences = [issuer.Value];

    /// <summary>Checks everything but the single use, which <paramref name="use"/> carries to the transaction that decides it.</summary>
    /// <param name="jws">What came.</param>
    /// <param name="clientId">Whose it has to be: a client, or who proves itself as clients do.</param>
    /// <param name="keys">Of that client.</param>
    /// <param name="useOf">Makes the use, of the client, the <c>jti</c> and the expiry: one kind for each place where assertions are taken.</param>
    /// <param name="use">What may happen once.</param>
    /// <returns>Null, or what is wrong.</returns>
    public string? Check(CompactJws jws, string clientId, JsonWebKeySet keys, Func<string, string, DateTimeOffset, ReplayKey> useOf, out ReplayKey? use)
    {
        use = null;
        if (!ClientAssertion.TryCheck(jws, clientId, keys, ClientAssertion.Algorithms, _audiences, clock.GetUtcNow(), out var assertion, out var fault)) return fault;
        use = useOf(assertion.ClientId, assertion.JwtId, assertion.KeepUntil);
        return null;
    }
}
