using IdJagBroker.Audit;
using IdJagBroker.Policies;

namespace IdJagBroker.Receipts;

/// <summary>
/// Makes receipts durable, each once. What the log has is found there; between now and then, and between replicas, the replay memory knows: it
/// remembers for longer than the log is ever behind.
/// </summary>
internal sealed class ReceiptLog(AuditInbox inbox, TimeProvider clock)
{
    /// <summary>How many events wait to be written at a time: the queue is the token path's too.</summary>
    private const int AtATime = 64;

    /// <summary>How long the replay memory knows a receipt; it can hold nothing for longer than half of its slots.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(30);

    /// <param name="server">Whose.</param>
    /// <param name="receipts">Each with the id that it is told from others by.</param>
    /// <exception cref="AuditUnavailableException">One did not become durable in time; those before it are.</exception>
    public async Task RecordAsync(CatalogAuthorizationServer server, IReadOnlyList<(Guid Id, AuditEvent Event)> receipts)
    {
        foreach (var some in receipts.Chunk(AtATime))
            await Task.WhenAll(some.Select(one => inbox.AppendUnlessRepeatedAsync(one.Event, [Use(server, one.Event.Jti!, one.Id)])));
    }

    private ReplayKey Use(CatalogAuthorizationServer server, string jwtId, Guid id) =>
        ReplayKey.Receipt(server.Issuer.Value, jwtId, id, clock.GetUtcNow() + Remembered);
}
