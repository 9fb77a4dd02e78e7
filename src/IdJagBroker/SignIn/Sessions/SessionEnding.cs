using IdJagBroker.Audit;
using Npgsql;

namespace IdJagBroker.SignIn.Sessions;

/// <summary>Ends sessions, each with its record in the same transaction. Refresh tokens and codes of the session are worth nothing from then on.</summary>
internal sealed class SessionEnding(NpgsqlDataSource database, SessionDirectory sessions, TimeProvider clock)
{
    /// <summary>The person signed out here.</summary>
    public const string SignedOut = "SIGNED_OUT";

    /// <summary>The provider said that it ended the person's session.</summary>
    public const string UpstreamSignedOut = "UPSTREAM_SIGNED_OUT";

    /// <summary>The provider no longer vouches for the person.</summary>
    public const string UpstreamRevoked = "UPSTREAM_REVOKED";

    /// <summary>An administrator signed the person out.</summary>
    public const string ByAdministrator = "ENDED_BY_ADMINISTRATOR";

    /// <inheritdoc cref="EndAllAsync"/>
    public Task EndAsync(string sid, string subjectKey, string reason, Func<AuditEvent, AuditEvent> by, CancellationToken ct) => EndAllAsync([(sid, subjectKey)], reason, [], by, ct);

    /// <summary>Ends all of them, or none.</summary>
    /// <param name="those">Which, and whose they are; in the order of their names, so that two who end the same never wait for each other in a ring.</param>
    /// <param name="reason">A closed reason code.</param>
    /// <param name="uses">What can be used once, and is used with this.</param>
    /// <param name="by">Adds to each record who did it.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <returns>How many had not been ended before; or what had been used before: then none was ended.</returns>
    /// <exception cref="NpgsqlException">The database is away; nothing was ended.</exception>
    public async Task<(int Ended, ReplayKey? Replayed)> EndAllAsync(
        IReadOnlyList<(string Sid, string SubjectKey)> those, string reason, IReadOnlyList<ReplayKey> uses, Func<AuditEvent, AuditEvent> by, CancellationToken ct)
    {
        var ended = 0;
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        foreach (var (sid, subjectKey) in those)
        {
            var (isEnded, replayed) = await EndAsync(connection, sid, subjectKey, reason, ended is 0 ? uses : [], by, ct);       // claimed with the first, for all of them
            if (replayed is not null) return (0, replayed);
            if (isEnded) ended++;
        }
        await transaction.CommitAsync(ct);
        foreach (var (sid, _) in those) sessions.Forget(sid);
        return (ended, null);
    }

    /// <summary>One, in a transaction that somebody else commits, who then forgets the session.</summary>
    /// <returns>Whether it had not been ended before; and what had been used before: then the transaction must not be committed.</returns>
    public async Task<(bool Ended, ReplayKey? Replayed)> EndAsync(
        NpgsqlConnection connection, string sid, string subjectKey, string reason, IReadOnlyList<ReplayKey> uses, Func<AuditEvent, AuditEvent> by, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (!await SessionTable.EndAsync(connection, sid, reason, now, ct)) return (false, null);
        var auditEvent = by(SignInEvent.Of("signin.session_ended", now).In(sid, subjectKey)) with { Reason = reason };
        return (true, await AuditBatch.AppendOnceAsync(connection, auditEvent, uses, now, ct));
    }
}
