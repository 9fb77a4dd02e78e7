using IdJagBroker.Audit.Proof;
using Npgsql;

namespace IdJagBroker.Audit.Sequencing;

/// <summary>The tree's tiles in the database: full ones, and the last of each level as of the newest checkpoint.</summary>
internal static class LogTiles
{
    /// <summary>The tree of that size, from the full tiles below and the leaves since the last of them.</summary>
    /// <exception cref="InvalidDataException">Events, tiles and size do not agree.</exception>
    public static async Task<TreeBuilder> ResumeAsync(NpgsqlConnection connection, long size, CancellationToken ct)
    {
        var edge = new Dictionary<int, byte[]> { [0] = await LeavesAsync(connection, size, TileId.In(size, 0, size >> 8).Width, ct) };
        for (var level = 1; size >> (8 * level) > 0 && level < TileId.MaxLevels - 1; level++)
            if (TileId.In(size, level, size >> (8 * (level + 1))) is { Width: > 0 } tile) edge[level] = await RootsAsync(connection, tile, ct);
        return TreeBuilder.Resume(size, tile => edge[tile.Level]);
    }

    /// <summary>Adds a tile, or what it has grown by.</summary>
    public static NpgsqlBatchCommand Put(Tile tile) =>
        new("insert into audit_tile (level, index, hashes) values ($1, $2, $3) on conflict (level, index) do update set hashes = excluded.hashes where octet_length(audit_tile.hashes) < octet_length(excluded.hashes)")
        {
            Parameters = { new() { Value = (short)tile.Id.Level }, new() { Value = tile.Id.Index }, new() { Value = tile.Hashes.ToArray() } },
        };

    // The newest events: as many as make the leaves, and at least one, which shows that the log ends where its size says.
    private static async Task<byte[]> LeavesAsync(NpgsqlConnection connection, long size, int width, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select seq, leaf from audit_event order by recorded_at desc, seq desc limit $1", connection)
        {
            Parameters = { new() { Value = Math.Max(width, 1) } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var leaves = new byte[width * TreeHash.Bytes];
        var next = size - 1;
        for (; await reader.ReadAsync(ct); next--)
        {
            if (reader.GetInt64(0) != next) throw new InvalidDataException($"The log should end with event {size - 1}, and event {next} is not where it should be.");
            if (size - 1 - next < width) reader.GetFieldValue<byte[]>(1).CopyTo(leaves, (int)(next - size + width) * TreeHash.Bytes);
        }
        if (size > 0 && next > size - 1 - Math.Max(width, 1)) throw new InvalidDataException($"The log should end with event {size - 1}, and events are missing there.");
        return leaves;
    }

    private static async Task<byte[]> RootsAsync(NpgsqlConnection connection, TileId tile, CancellationToken ct)
    {
        var first = tile.Index * TileId.FullWidth;
        await using var command = new NpgsqlCommand(
            "select index, hashes from audit_tile where level = $1 and index >= $2 and index < $3 order by index", connection)
        {
            Parameters = { new() { Value = (short)(tile.Level - 1) }, new() { Value = first }, new() { Value = first + tile.Width } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var roots = new byte[tile.Width * TreeHash.Bytes];
        var next = first;
        for (; await reader.ReadAsync(ct); next++)
        {
            var hashes = reader.GetFieldValue<byte[]>(1);
            if (reader.GetInt64(0) != next || hashes.Length is not TileId.FullBytes) throw new InvalidDataException($"Tile {next} of level {tile.Level - 1} is not whole.");
            Tile.Root(Tile.Read(hashes)).AsSpan().CopyTo(roots.AsSpan((int)(next - first) * TreeHash.Bytes));
        }
        return next == first + tile.Width ? roots : throw new InvalidDataException($"Tile {next} of level {tile.Level - 1} is missing.");
    }
}
