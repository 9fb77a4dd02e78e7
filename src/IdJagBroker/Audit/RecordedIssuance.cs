using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Audit;

/// <summary>Evidence that an issuance is durable, and the only thing that the signer takes. The one way to have one is to commit it.</summary>
internal sealed record RecordedIssuance
{
    private RecordedIssuance(IdJag idJag, UnsignedJws jws) => (IdJag, Jws) = (idJag, jws);

    public IdJag IdJag { get; }

    public UnsignedJws Jws { get; }

    /// <summary>Commits <paramref name="auditEvent"/>; refuses if one of <paramref name="uses"/> had been used before.</summary>
    /// <exception cref="AuditUnavailableException">It did not become durable in time.</exception>
    public static async Task<OAuthResult<RecordedIssuance>> CommitAsync(
        AuditInbox inbox, AuditEvent auditEvent, IReadOnlyList<ReplayKey> uses, IdJag idJag, UnsignedJws jws, CancellationToken ct)
    {
        var recorded = await inbox.AppendOnceAsync(auditEvent, uses, ct);
        return recorded.Replayed is { } replayed ? replayed.Refusal : new RecordedIssuance(idJag, jws);
    }
}
