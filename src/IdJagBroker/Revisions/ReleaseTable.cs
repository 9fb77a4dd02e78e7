using Npgsql;

namespace IdJagBroker.Revisions;

/// <summary>The releases in the database. Whoever changes them holds <see cref="AloneAsync"/>, so that what was checked still holds at the commit.</summary>
internal static class ReleaseTable
{
    private const string Columns =
        """
        select number, kind, state, revision, base, author, published_at, comment, ticket, approver, approved_at, rejected_by, rejected_at, rejection, signature
        from policy_release
        """;

    /// <summary>Waits until nobody else changes releases, to the end of the transaction.</summary>
    public static async Task AloneAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select pg_advisory_xact_lock(4921040)", connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task<PolicyRelease?> FindAsync(NpgsqlConnection connection, long number, CancellationToken ct) =>
        (await ReadAsync(connection, Columns + " where number = $1", ct, number)).SingleOrDefault();

    /// <summary>The newest that was ever approved, or null: the only one that may decide, whatever the rows say of their states.</summary>
    public static async Task<PolicyRelease?> NewestApprovedAsync(NpgsqlConnection connection, CancellationToken ct) =>
        (await ReadAsync(connection, Columns + " where signature is not null order by number desc limit 1", ct)).SingleOrDefault();

    /// <summary>The newest first.</summary>
    /// <param name="connection">Where.</param>
    /// <param name="before">Only those with a lower number.</param>
    /// <param name="limit">So many.</param>
    /// <param name="ct">Ends the waiting.</param>
    public static Task<IReadOnlyList<PolicyRelease>> ListAsync(NpgsqlConnection connection, long before, int limit, CancellationToken ct) =>
        ReadAsync(connection, Columns + " where number < $1 order by number desc limit $2", ct, before, limit);

    /// <summary>The numbers of those that wait.</summary>
    public static async Task<IReadOnlyList<long>> PendingAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select coalesce(array_agg(number order by number), '{}') from policy_release where state = 'pending'", connection);
        return (long[])(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Whether a revision was ever approved.</summary>
    public static async Task<bool> WasApprovedAsync(NpgsqlConnection connection, string revision, CancellationToken ct)
    {
        await using var command = Command(connection, "select exists (select from policy_release where revision = $1 and signature is not null)", revision);
        return await command.ExecuteScalarAsync(ct) is true;
    }

    /// <summary>Adds a pending release under the next number.</summary>
    public static async Task<PolicyRelease> AddAsync(NpgsqlConnection connection, PolicyRelease release, CancellationToken ct)
    {
        await using var command = Command(connection,
            """
            insert into policy_release (number, kind, revision, base, author, comment, ticket, published_at)
            select coalesce(max(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7 from policy_release returning number
            """,
            ReleaseWords.Kind(release.IsRollback), release.Revision, release.Base, release.Author, release.Comment, release.Ticket, release.PublishedAt);
        return release with { Number = (long)(await command.ExecuteScalarAsync(ct))! };
    }

    /// <summary>Lets a release decide, and the one before it no more.</summary>
    public static async Task ActivateAsync(NpgsqlConnection connection, PolicyRelease release, CancellationToken ct)
    {
        var before = release.IsRollback ? ReleaseState.RolledBack : ReleaseState.Superseded;
        await using (var end = Command(connection, "update policy_release set state = $1 where state = 'active'", before.Word())) await end.ExecuteNonQueryAsync(ct);
        await using var command = Command(connection,
            "update policy_release set state = 'active', approver = $2, approved_at = $3, signature = $4 where number = $1",
            release.Number, release.Approver, release.ApprovedAt, release.Signature);
        await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task RejectAsync(NpgsqlConnection connection, PolicyRelease release, CancellationToken ct)
    {
        await using var command = Command(connection,
            "update policy_release set state = 'rejected', rejected_by = $2, rejected_at = $3, rejection = $4 where number = $1",
            release.Number, release.RejectedBy, release.RejectedAt, release.Rejection);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string text, params object?[] values)
    {
        var command = new NpgsqlCommand(text, connection);
        foreach (var value in values) command.Parameters.Add(value is null ? new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text } : new NpgsqlParameter { Value = value });
        return command;
    }

    private static async Task<IReadOnlyList<PolicyRelease>> ReadAsync(NpgsqlConnection connection, string text, CancellationToken ct, params object?[] values)
    {
        await using var command = Command(connection, text, values);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var releases = new List<PolicyRelease>();
        while (await reader.ReadAsync(ct)) releases.Add(Row(reader));
        return releases;
    }

    private static PolicyRelease Row(NpgsqlDataReader row)
    {
        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        DateTimeOffset? Time(int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
        return new PolicyRelease(row.GetInt64(0), row.GetString(1) is "rollback", ReleaseWords.State(row.GetString(2)), row.GetString(3), row.GetInt64(4), row.GetString(5), row.GetFieldValue<DateTimeOffset>(6))
        {
            Comment = Text(7), Ticket = Text(8), Approver = Text(9), ApprovedAt = Time(10), RejectedBy = Text(11), RejectedAt = Time(12), Rejection = Text(13), Signature = Text(14),
        };
    }
}
