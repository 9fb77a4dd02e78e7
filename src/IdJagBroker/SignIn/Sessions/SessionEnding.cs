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

    /// <exception cref="NpgsqlException">The database is away; nothing was ended.</exception>
    public async Task EndAsync(string sid, string subjectKey, string reason, Func<AuditEvent, AuditEvent> by, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await EndAsync(connection, sid, subjectKey, reason, [], by, ct);
        await transaction.CommitAsync(ct);
        sessions.Forget(sid);
    }

    /// <summary>The same in a transaction that somebody else commits, who then forgets the session.</summary>
    /// <returns>Null, or what of <paramref name="uses"/> had been used before: then the transaction must not be committed.</returns>
    public async Task<ReplayKey?> EndAsync(
        NpgsqlConnection connection, string sid, string subjectKey, string reason, IReadOnlyList<ReplayKey> uses, Func<AuditEvent, AuditEvent> by, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (!await SessionTable.EndAsync(connection, sid, reason, now, ct)) return null;
        var auditEvent = by(SignInEvent.Of("signin.session_ended", now).In(sid, subjectKey)) with { Reason = reason };
        return await AuditBatch.AppendOnceAsync(connection, auditEvent, uses, now, ct);
    }
}
