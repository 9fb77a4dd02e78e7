using Npgsql;
using NpgsqlTypes;

namespace IdJagBroker.Audit.Sequencing;

/// <summary>Writes sequenced events, by binary COPY.</summary>
internal static class EventTable
{
    private const string Copy =
        """
        copy audit_event (seq, recorded_at, id, type, outcome, client, subject_key, authserver, resource, jti, kid, reason, leaf, event)
        from stdin (format binary)
        """;

    /// <exception cref="NpgsqlException">The database is away, or has no partition for the time.</exception>
    public static async Task WriteAsync(NpgsqlConnection connection, IReadOnlyList<SequencedEvent> events, CancellationToken ct)
    {
        await using var copy = await connection.BeginBinaryImportAsync(Copy, ct);
        foreach (var e in events) Write(copy, e);       // into the buffer, which is flushed when full
        await copy.CompleteAsync(ct);
    }

    private static void Write(NpgsqlBinaryImporter copy, SequencedEvent e)
    {
        var columns = e.Columns;
        copy.StartRow();
        copy.Write(e.Seq, NpgsqlDbType.Bigint);
        copy.Write(e.RecordedAt.UtcDateTime, NpgsqlDbType.TimestampTz);
        copy.Write(columns.Id, NpgsqlDbType.Uuid);
        copy.Write(columns.Type, NpgsqlDbType.Text);
        copy.Write(columns.Outcome, NpgsqlDbType.Text);
        Text(copy, columns.Client);
        Text(copy, columns.SubjectKey);
        Text(copy, columns.AuthServer);
        copy.Write(columns.Resources, NpgsqlDbType.Array | NpgsqlDbType.Text);
        Text(copy, columns.Jti);
        Text(copy, columns.Kid);
        Text(copy, columns.Reason);
        copy.Write(e.Leaf.AsSpan().ToArray(), NpgsqlDbType.Bytea);
        copy.Write(e.Line, NpgsqlDbType.Text);
    }

    private static void Text(NpgsqlBinaryImporter copy, string? value)
    {
        if (value is null) copy.WriteNull();
        else copy.Write(value, NpgsqlDbType.Text);
    }
}
