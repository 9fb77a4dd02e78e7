using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using Npgsql;

namespace IdJagBroker.Upstreams.People;

/// <summary>Erases people from the tables. Needs no key: what is deleted is not opened.</summary>
internal sealed class PersonErasure(NpgsqlDataSource database)
{
    /// <summary>
    /// Deletes everything that says who a key stands for, together with the record of it. Which keys these were is left for the replicas, in the
    /// order of the commits. Refuses if it stands for nobody, and while the person is locked: who comes back is somebody new, whom no lock stops.
    /// </summary>
    /// <returns>Null, or why not.</returns>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<Problem?> EraseAsync(string subjectKey, AuditEvent record, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await ExecuteAsync(connection, "select pg_advisory_xact_lock(4921030)", ct);
        await ExecuteAsync(connection, "select from person where subject_key = $1 for update", ct, subjectKey);
        if (await IsLockedAsync(connection, subjectKey, record.OccurredAt, ct)) return PersonApi.Locked;
        await ExecuteAsync(connection, "delete from person_key where subject_key = $1", ct, subjectKey);
        await ExecuteAsync(connection, "delete from person_detail where subject_key = $1", ct, subjectKey);
        await ExecuteAsync(connection, "delete from signin_session where subject_key = $1", ct, subjectKey);
        await ExecuteAsync(connection, "delete from signin_shown where subject_key = $1", ct, subjectKey);
        if (await ExecuteAsync(connection, "delete from person where subject_key = $1", ct, subjectKey) is 0) return PersonApi.NotFound;
        await ExecuteAsync(connection, "insert into person_erasure (subject_key) values ($1)", ct, subjectKey);
        await AuditBatch.AppendAsync(connection, record, ct);
        await transaction.CommitAsync(ct);
        return null;
    }

    // After the person's row is ours: who sets a lock on a person holds that row too.
    private static async Task<bool> IsLockedAsync(NpgsqlConnection connection, string subjectKey, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "select exists (select from issuance_lock where kind = 'subject' and target = $1 and lifted_at is null and expires_at > $2)", connection);
        command.Parameters.Add(new() { Value = subjectKey });
        command.Parameters.Add(new() { Value = now });
        return await command.ExecuteScalarAsync(ct) is true;
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct, params string[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteNonQueryAsync(ct);
    }
}
