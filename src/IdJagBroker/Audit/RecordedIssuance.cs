using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Audit;

/// <summary>Evidence that an issuance is durable, and the only thing that the signer takes. The one way to have one is to commit it.</summary>
internal sealed record RecordedIssuance
{
    private RecordedIssuance(IdJag idJag, UnsignedJws jws) => (IdJag, Jws) = (idJag, jws);

    public IdJag IdJag { get; }

    public UnsignedJws Jws { get; }

    /// <summary>Commits <paramref name="auditEvent"/>; refuses if one of the attempt's uses had been used before.</summary>
    /// <exception cref="AuditUnavailableException">It did not become durable in time.</exception>
    public static async Task<OAuthResult<RecordedIssuance>> CommitAsync(
        AuditInbox inbox, AuditEvent auditEvent, Issuance issuance, UnsignedJws jws)
    {
        var recorded = await inbox.AppendOnceAsync(auditEvent, issuance.Attempt.Uses);
        if (recorded.Replayed is not { } replayed) return new RecordedIssuance(issuance.IdJag, jws);
        issuance.Attempt.Uses = [replayed];     // the others are claimed by now, and the refusal's record must not take that for a replay
        return replayed.Refusal;
    }
}
