using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using Npgsql;

namespace IdJagBroker.Audit;

/// <summary>
/// Evidence that a token is in the log before it exists, and the only thing that the signer takes. The one way to have one is to commit the
/// event that tells of it: with those of others, or together with a change that the token goes with.
/// </summary>
internal sealed record RecordedToken
{
    private RecordedToken(AuditEvent told, UnsignedJws jws) => (Event, Jws) = (told, jws);

    /// <summary>The event that is durable.</summary>
    public AuditEvent Event { get; }

    public UnsignedJws Jws { get; }

    /// <summary>Commits <paramref name="auditEvent"/>; refuses if one of the attempt's uses had been used before.</summary>
    /// <exception cref="AuditUnavailableException">It did not become durable in time.</exception>
    public static async Task<OAuthResult<RecordedToken>> CommitAsync(AuditInbox inbox, AuditEvent auditEvent, IssuanceAttempt attempt, UnsignedJws jws)
    {
        var recorded = await inbox.AppendOnceAsync(auditEvent, attempt.Uses);
        if (recorded.Replayed is not { } replayed) return new RecordedToken(auditEvent, jws);
        attempt.Uses = [replayed];     // the others are claimed by now, and the refusal's record must not take that for a replay
        return replayed.Refusal;
    }

    /// <summary>
    /// Commits <paramref name="auditEvent"/> with what else was done in <paramref name="transaction"/>; refuses, and commits nothing, if one of the attempt's uses had
    /// been used before.
    /// </summary>
    /// <exception cref="NpgsqlException">The database did not commit in time.</exception>
    public static async Task<OAuthResult<RecordedToken>> CommitAsync(
        NpgsqlTransaction transaction, AuditEvent auditEvent, IssuanceAttempt attempt, UnsignedJws jws, DateTimeOffset now, CancellationToken ct)
    {
        if (await AuditBatch.AppendOnceAsync(transaction.Connection!, auditEvent, attempt.Uses, now, ct) is { } replayed) return replayed.Refusal;
        await transaction.CommitAsync(ct);
        return new RecordedToken(auditEvent, jws);
    }
}
