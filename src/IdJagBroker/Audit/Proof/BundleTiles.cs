namespace IdJagBroker.Audit.Proof;

/// <summary>
/// The tiles of a bundle, each checked before it is used: the last ones of the tree against the checkpoint's root, every other against the
/// hash of it in the tile above. Keeps one of each level, which is enough for events in order.
/// </summary>
internal sealed class BundleTiles
{
    private readonly string _bundle;
    private readonly BundleFindings _findings;
    private readonly long _size;
    private readonly byte[]?[] _edge = new byte[]?[TileId.MaxLevels];
    private readonly (TileId Id, byte[]? Hashes)[] _last = new (TileId, byte[]?)[TileId.MaxLevels];
    private readonly HashSet<TileId> _reported = [];
    private readonly bool _leadsToRoot;

    public BundleTiles(string bundle, Checkpoint checkpoint, BundleFindings findings)
    {
        (_bundle, _findings, _size) = (bundle, findings, checkpoint.Size);
        var complete = true;
        for (var level = 0; level < TileId.MaxLevels; level++)
        {
            var id = TileId.In(_size, level, _size >> (8 * (level + 1)));
            if (id.Width > 0) complete &= (_edge[level] = Load(id)) is not null;
        }
        if (!complete) return;
        _leadsToRoot = Tile.RootOf(_size, level => Tile.Read(_edge[level])) == checkpoint.Root;
        if (!_leadsToRoot) findings.Add(FindingKind.Tile, $"The last tiles of the tree do not lead to the root of the checkpoint of {_size} events, so no event can be checked against it.");
    }

    /// <summary>The hashes of a tile of the checkpoint's tree, or null if they are missing or not of it (which is a finding, once).</summary>
    public ReadOnlyMemory<byte>? Find(TileId id)
    {
        if (!_leadsToRoot) return null;
        if (id.Index == _size >> (8 * (id.Level + 1))) return _edge[id.Level];
        ref var last = ref _last[id.Level];
        if (last.Id == id && last.Hashes is not null) return last.Hashes;
        if (_reported.Contains(id) || Find(id.Parent(_size)) is not { } parent || Load(id) is not { } hashes) return null;
        if (Tile.Root(Tile.Read(hashes)) != Tile.Read(parent.Span)[(int)(id.Index % TileId.FullWidth)])
        {
            Report(id, $"{id.ToPath()} does not lead to the root of the checkpoint");
            return null;
        }
        last = (id, hashes);
        return hashes;
    }

    private byte[]? Load(TileId id)
    {
        var bytes = BundleFiles.Read(_bundle, id.ToPath(), TileId.FullBytes, out var fault);
        if (bytes?.Length == id.Width * TreeHash.Bytes) return bytes;
        Report(id, bytes is null ? fault.TrimEnd('.') : $"{id.ToPath()} is {bytes.Length} bytes long instead of {id.Width * TreeHash.Bytes}");
        return null;
    }

    private void Report(TileId id, string what)
    {
        if (!_reported.Add(id)) return;
        var leaves = 1L << (8 * id.Level);
        var first = id.Index * TileId.FullWidth * leaves;
        _findings.Add(FindingKind.Tile, $"{what}; events {first} to {Math.Min(first + (id.Width * leaves), _size) - 1} cannot be checked.", id.ToPath(), seq: first);
    }
}
