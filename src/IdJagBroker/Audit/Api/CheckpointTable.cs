using System.Text.Json.Serialization;
using IdJagBroker.Storage;
using Npgsql;

namespace IdJagBroker.Audit.Api;

/// <summary>A checkpoint as it is listed.</summary>
internal sealed record CheckpointRow(
    [property: JsonPropertyName("size")] long Size,
    [property: JsonPropertyName("root")] string Root,
    [property: JsonPropertyName("recorded_at")] DateTimeOffset RecordedAt,
    [property: JsonPropertyName("signed_at")] DateTimeOffset SignedAt,
    [property: JsonPropertyName("kid")] string Kid,
    [property: JsonIgnore] string Note);

/// <summary>The checkpoints that were signed.</summary>
internal sealed class CheckpointTable(LogDatabase database)
{
    private const string Columns = "select size, root, recorded_at, signed_at, kid, note from audit_checkpoint";

    public async Task<CheckpointRow?> LatestAsync(CancellationToken ct) => await BeforeAsync(long.MaxValue, 1, ct) is [var latest] ? latest : null;

    public async Task<CheckpointRow?> OfSizeAsync(long size, CancellationToken ct)
    {
        await using var command = database.Source.CreateCommand($"{Columns} where size = $1");
        command.Parameters.Add(new() { Value = size });
        return await ReadAsync(command, ct) is [var found] ? found : null;
    }

    /// <summary>Those of smaller logs, the newest first.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<IReadOnlyList<CheckpointRow>> BeforeAsync(long size, int limit, CancellationToken ct)
    {
        await using var command = database.Source.CreateCommand($"{Columns} where size < $1 order by size desc limit $2");
        command.Parameters.Add(new() { Value = size });
        command.Parameters.Add(new() { Value = limit });
        return await ReadAsync(command, ct);
    }

    private static async Task<IReadOnlyList<CheckpointRow>> ReadAsync(NpgsqlCommand command, CancellationToken ct)
    {
        var rows = new List<CheckpointRow>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            rows.Add(new CheckpointRow(
                reader.GetInt64(0), Convert.ToBase64String(reader.GetFieldValue<byte[]>(1)), reader.GetFieldValue<DateTimeOffset>(2),
                reader.GetFieldValue<DateTimeOffset>(3), reader.GetString(4), reader.GetString(5)));
        }
        return rows;
    }
}
