using IdJagBroker.Audit;
using IdJagBroker.Policies;

namespace IdJagBroker.Receipts;

/// <summary>
/// Makes receipts durable, each once. What was sent before is found in the log, which is waited for; of what is sent several times at once the
/// replay memory knows.
/// </summary>
internal sealed class ReceiptLog(AuditInbox inbox, TimeProvider clock)
{
    /// <summary>How many events wait to be written at a time: the queue is the token path's too.</summary>
    private const int AtATime = 64;

    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

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
