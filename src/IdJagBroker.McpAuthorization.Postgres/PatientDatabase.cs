using Npgsql;

namespace IdJagBroker.McpAuthorization.Postgres;

/// <summary>Runs single statements, each committed before it answers, and waits for none longer than a token request can.</summary>
internal sealed class PatientDatabase(NpgsqlDataSource database, TimeSpan patience)
{
    /// <summary>Returns how many rows it was about.</summary>
    /// <exception cref="NpgsqlException">PostgreSQL is away, or refuses.</exception>
    /// <exception cref="TimeoutException">It does not answer in time.</exception>
    public Task<int> ExecuteAsync(string sql, CancellationToken ct, params object?[] values) =>
        WaitAsync(sql, values, static (command, ct) => command.ExecuteNonQueryAsync(ct), ct);

    /// <summary>Returns the first row, read by <paramref name="read"/>; or null if there is none.</summary>
    /// <exception cref="NpgsqlException">PostgreSQL is away, or refuses.</exception>
    /// <exception cref="TimeoutException">It does not answer in time.</exception>
    public Task<T?> FirstAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct, params object?[] values) where T : class => WaitAsync(
        sql, values,
        async (command, ct) =>
        {
            await using var rows = await command.ExecuteReaderAsync(ct);
            return await rows.ReadAsync(ct) ? read(rows) : null;
        },
        ct);

    /// <summary>Runs statements of one text together, one process at a time: "if not exists" does not keep two from making a table at once.</summary>
    /// <exception cref="NpgsqlException">PostgreSQL is away, or refuses.</exception>
    public static async Task MakeAsync(NpgsqlDataSource database, string sql, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var command = new NpgsqlCommand("select pg_advisory_xact_lock(748201935);\n" + sql, connection, transaction);
        await command.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }

    /// <summary>A file of this package.</summary>
    public static string ReadSql(string name)
    {
        using var reader = new StreamReader(typeof(PatientDatabase).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    private async Task<T> WaitAsync<T>(string sql, object?[] values, Func<NpgsqlCommand, CancellationToken, Task<T>> run, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(patience);
        try
        {
            // Not by the token alone: to cancel a statement takes an answer of the server, too.
            return await RunAsync(sql, values, run, limit.Token).WaitAsync(patience, ct);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException("PostgreSQL does not answer.");
        }
    }

    private async Task<T> RunAsync<T>(string sql, object?[] values, Func<NpgsqlCommand, CancellationToken, Task<T>> run, CancellationToken ct)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value });
        return await run(command, ct);
    }
}
