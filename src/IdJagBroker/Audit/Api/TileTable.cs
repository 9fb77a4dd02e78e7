using IdJagBroker.Audit.Proof;
using IdJagBroker.Storage;
using Npgsql;
using NpgsqlTypes;

namespace IdJagBroker.Audit.Api;

/// <summary>The tiles of the log's tree, which only grow.</summary>
internal sealed class TileTable(LogDatabase database)
{
    /// <summary>Those that there are, each as wide as it is kept.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<IReadOnlyDictionary<(int Level, long Index), ReadOnlyMemory<byte>>> ReadAsync(IReadOnlyCollection<TileId> tiles, CancellationToken ct)
    {
        await using var command = database.Source.CreateCommand("select t.level, t.index, t.hashes from unnest($1, $2) as w (level, index) join audit_tile t on t.level = w.level and t.index = w.index");
        command.Parameters.Add(new() { Value = tiles.Select(tile => (short)tile.Level).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Smallint });
        command.Parameters.Add(new() { Value = tiles.Select(tile => tile.Index).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        var read = new Dictionary<(int, long), ReadOnlyMemory<byte>>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) read[(reader.GetInt16(0), reader.GetInt64(1))] = reader.GetFieldValue<byte[]>(2);
        return read;
    }
}
