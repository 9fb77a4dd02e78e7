using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Audit;

/// <summary>Evidence that an issuance is durable, and the only thing that the signer takes. The one way to have one is to commit it.</summary>
internal sealed record RecordedIssuance
{
    private RecordedIssuance(IdJag idJag, UnsignedJws jws) => (IdJag, Jws) = (idJag, jws);

    public IdJag IdJag { get; }

    public UnsignedJws Jws { get; }

    /// <summary>Commits <paramref name="auditEvent"/>; null if <paramref name="use"/> had been used before.</summary>
    /// <exception cref="AuditUnavailableException">It did not become durable in time.</exception>
    public static async Task<RecordedIssuance?> CommitAsync(
        AuditInbox inbox, AuditEvent auditEvent, ReplayKey? use, IdJag idJag, UnsignedJws jws, CancellationToken ct)
    {
        if (use is null) await inbox.AppendAsync(auditEvent, null, ct);
        else if (await inbox.AppendOnceAsync(auditEvent, use, ct) is Recorded.Replayed) return null;
        return new RecordedIssuance(idJag, jws);
    }
}
