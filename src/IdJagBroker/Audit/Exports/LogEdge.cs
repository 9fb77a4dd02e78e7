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
        foreach (var tile in LastOf(checkpoint.Size))
        {
            var kept = await tree.TileAsync(tile, ct);
            var hashes = tile.Level is 0 ? await LeavesAsync(tile, checkpoint, ct) : await RootsAsync(tile, ct);
            if (kept is null || kept.Value.Length < tile.Width * TreeHash.Bytes) findings.Add(new ExportFinding(null, $"{tile.ToPath()} is missing."));
            else if (Differing(kept.Value.Span, hashes) is { } at) findings.Add(Disagreement(tile, at));
        }
        if (findings.Count is 0 && !await HasRootAsync(checkpoint, ct)) findings.Add(await SinceAsync(checkpoint, ct));
        return findings;
    }

    private static IEnumerable<TileId> LastOf(long size) =>
        Enumerable.Range(0, TileId.MaxLevels).Select(level => TileId.In(size, level, size >> (8 * (level + 1)))).Where(tile => tile.Width > 0);

    // Events and tiles agree, and not with what was signed: so the first checkpoint that is not theirs says since when.
    private async Task<ExportFinding> SinceAsync(Checkpoint checkpoint, CancellationToken ct)
    {
        var earlier = (await tree.BetweenAsync(0, checkpoint.Size, ct)).Where(kept => kept.Value.Length > 0).OrderBy(kept => kept.Key).ToList();
        var (good, bad) = (0L, checkpoint.Size);
        for (var (from, to) = (0, earlier.Count); from < to;)
        {
            var middle = (from + to) / 2;
            var isTheirs = SignedNote.TryParse(System.Text.Encoding.UTF8.GetBytes(earlier[middle].Value), out var note) && Checkpoint.TryParse(note.Text, out var signed) && await HasRootAsync(signed, ct);
            if (isTheirs) (good, from) = (earlier[middle].Key, middle + 1);
            else (bad, to) = (earlier[middle].Key, middle);
        }
        return new ExportFinding(good, $"Events and tiles agree with each other, and not with the checkpoint of {bad} events: somebody changed both, between event {good} and event {bad - 1}.");
    }

    private async Task<bool> HasRootAsync(Checkpoint checkpoint, CancellationToken ct)
    {
        var edge = new Dictionary<int, ReadOnlyMemory<byte>>();
        foreach (var tile in LastOf(checkpoint.Size))
        {
            if (await tree.TileAsync(tile, ct) is not { } hashes || hashes.Length < tile.Width * TreeHash.Bytes) return false;
            edge[tile.Level] = hashes[..(tile.Width * TreeHash.Bytes)];
        }
        return Tile.RootOf(checkpoint.Size, level => Tile.Read(edge[level].Span)) == checkpoint.Root;
    }

    private static ExportFinding Disagreement(TileId tile, int at)
    {
        var below = (tile.Index * TileId.FullWidth) + at;
        return tile.Level is 0
            ? new ExportFinding(below, $"{tile.ToPath()} and event {below} do not agree.")
            : new ExportFinding(below << (8 * tile.Level), $"{tile.ToPath()} and {new TileId(tile.Level - 1, below, TileId.FullWidth).ToPath()} do not agree.");
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
