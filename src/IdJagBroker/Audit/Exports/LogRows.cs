using System.Runtime.CompilerServices;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Storage;
using Npgsql;

namespace IdJagBroker.Audit.Exports;

/// <summary>A row of the log: the line, and the columns beside it.</summary>
internal sealed record LogRow(long Seq, DateTimeOffset RecordedAt, byte[] Line)
{
    /// <summary>What the line itself says; null if it is no line.</summary>
    public EventColumns? Event { get; init; }

    /// <summary>The hash of the line.</summary>
    public byte[] Leaf { get; init; } = [];

    /// <summary>The columns that do not say what the line says: somebody was at the index.</summary>
    public IReadOnlyList<string> Differing { get; init; } = [];
}

/// <summary>Reads the log in its order, page after page, so that no statement and no snapshot lasts as long as an export does.</summary>
internal sealed class LogRows(JobDatabase database)
{
    private const int PageRows = 20_000;
    private const string Columns = "seq, recorded_at, id, type, outcome, client, subject_key, authserver, resource, jti, kid, reason, leaf, event, breakglass";

    // The few, by the index of the rare types: in the order of the log they would be looked for among all. With those of months that are archived.
    private const string OfAll = "audit_event";
    private const string OfKeysAndPolicies =
        $$"""
        (with few as materialized (
            select {{Columns}} from audit_event where type not in ('idjag.issued', 'idjag.denied', 'idjag.redeemed') and (type like 'key.%' or type like 'policy.%')
            union all select {{Columns}} from audit_kept) select * from few) few
        """;

    /// <param name="at">Where to begin: after the event of that time and number.</param>
    /// <param name="until">The last moment.</param>
    /// <param name="ofKeysAndPolicies">Only the events of keys and policies.</param>
    /// <param name="ct">Ends the reading.</param>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async IAsyncEnumerable<LogRow> ReadAsync((DateTimeOffset RecordedAt, long Seq) at, DateTimeOffset until, bool ofKeysAndPolicies, [EnumeratorCancellation] CancellationToken ct)
    {
        for (var rows = PageRows; rows is PageRows;)
        {
            rows = 0;
            await using var command = database.Source.CreateCommand(
                $"select {Columns} from {(ofKeysAndPolicies ? OfKeysAndPolicies : OfAll)} where recorded_at >= $1 and recorded_at <= $3 and (recorded_at, seq) > ($1, $2) order by recorded_at, seq limit {PageRows}");
            command.Parameters.Add(new() { Value = at.RecordedAt.UtcDateTime });
            command.Parameters.Add(new() { Value = at.Seq });
            command.Parameters.Add(new() { Value = until.UtcDateTime });
            await using var reader = await command.ExecuteReaderAsync(ct);
            for (; await reader.ReadAsync(ct); rows++)
            {
                var row = Read(reader);
                at = (row.RecordedAt, row.Seq);
                yield return row;
            }
        }
    }

    private static LogRow Read(NpgsqlDataReader reader)
    {
        var row = new LogRow(reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetFieldValue<byte[]>(13));
        if (!EventColumns.TryRead(row.Line, out var e)) return row;
        var differing = new List<string>();
        void Compare(string column, bool isSame)
        {
            if (!isSame) differing.Add(column);
        }
        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
        Compare("seq", row.Seq == e.Seq);
        Compare("recorded_at", row.RecordedAt == e.RecordedAt);
        Compare("id", reader.GetGuid(2) == e.Id);
        Compare("type", reader.GetString(3) == e.Type);
        Compare("outcome", reader.GetString(4) == e.Outcome);
        Compare("client", Text(5) == e.Client);
        Compare("subject_key", Text(6) == e.SubjectKey);
        Compare("authserver", Text(7) == e.AuthServer);
        Compare("resource", reader.GetFieldValue<string?[]>(8).AsSpan().SequenceEqual(e.Resources));
        Compare("jti", Text(9) == e.Jti);
        Compare("kid", Text(10) == e.Kid);
        Compare("reason", Text(11) == e.Reason);
        Compare("breakglass", reader.GetBoolean(14) == e.BreakGlass);
        var leaf = TreeHash.Leaf(row.Line).AsSpan().ToArray();
        Compare("leaf", reader.GetFieldValue<byte[]>(12).AsSpan().SequenceEqual(leaf));
        return row with { Event = e, Leaf = leaf, Differing = differing };
    }
}
