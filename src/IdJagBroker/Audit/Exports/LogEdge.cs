using IdJagBroker.Audit.Proof;
using IdJagBroker.Storage;

namespace IdJagBroker.Audit.Exports;

/// <summary>
/// Looks at the last tile of each level, which no tile above vouches for: if one was changed, who verifies sees that they do not lead to the
/// root, and not which it is. So each is compared with what it is of: events, or the tiles below.
/// </summary>
internal sealed class LogEdge(JobDatabase database, LogTreeRows tree)
{
    /// <summary>What is wrong with them, as of a checkpoint.</summary>
    public async Task<IReadOnlyList<ExportFinding>> FindAsync(Checkpoint checkpoint, CancellationToken ct)
    {
        var findings = new List<ExportFinding>();
        for (var level = 0; level < TileId.MaxLevels; level++)
        {
            if (TileId.In(checkpoint.Size, level, checkpoint.Size >> (8 * (level + 1))) is not { Width: > 0 } tile) continue;
            var kept = await tree.TileAsync(tile, ct);
            var hashes = level is 0 ? await LeavesAsync(tile, checkpoint, ct) : await RootsAsync(tile, ct);
            if (kept is null || kept.Value.Length < tile.Width * TreeHash.Bytes) findings.Add(new ExportFinding(null, $"{tile.ToPath()} is missing."));
            else if (Differing(kept.Value.Span, hashes) is { } at) findings.Add(Disagreement(tile, at));
        }
        return findings;
    }

    private static ExportFinding Disagreement(TileId tile, int at)
    {
        var below = (tile.Index * TileId.FullWidth) + at;
        return tile.Level is 0
            ? new ExportFinding(below, $"{tile.ToPath()} and event {below} do not agree.")
            : new ExportFinding(null, $"{tile.ToPath()} and {new TileId(tile.Level - 1, below, TileId.FullWidth).ToPath()} do not agree.");
    }

    private static int? Differing(ReadOnlySpan<byte> tile, byte[]?[] hashes)
    {
        for (var i = 0; i < hashes.Length; i++)
            if (hashes[i] is { } hash && !tile.Slice(i * TreeHash.Bytes, TreeHash.Bytes).SequenceEqual(hash)) return i;
        return null;
    }

    // What is missing is told by who counts the events and the tiles.
    private async Task<byte[]?[]> LeavesAsync(TileId tile, Checkpoint checkpoint, CancellationToken ct)
    {
        await using var command = database.Source.CreateCommand("select seq, leaf from audit_event where recorded_at <= $1 order by recorded_at desc, seq desc limit $2");
        command.Parameters.Add(new() { Value = checkpoint.RecordedAt!.Value.UtcDateTime });
        command.Parameters.Add(new() { Value = 2 * TileId.FullWidth + 2_048 });        // and those of the same moment that came after
        var (leaves, first) = (new byte[]?[tile.Width], tile.Index * TileId.FullWidth);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            if (reader.GetInt64(0) - first is >= 0 and var at && at < tile.Width) leaves[at] = reader.GetFieldValue<byte[]>(1);
        return leaves;
    }

    private async Task<byte[]?[]> RootsAsync(TileId tile, CancellationToken ct)
    {
        var roots = new byte[]?[tile.Width];
        for (var i = 0; i < tile.Width; i++)
            if (await tree.TileAsync(new TileId(tile.Level - 1, (tile.Index * TileId.FullWidth) + i, TileId.FullWidth), ct) is { Length: TileId.FullBytes } below)
                roots[i] = Tile.Root(Tile.Read(below.Span)).AsSpan().ToArray();
        return roots;
    }
}
