using System.Runtime.InteropServices;

namespace IdJagBroker.Audit.Proof;

/// <summary>
/// Grows the log's tree leaf by leaf and keeps no more of it than the last tile of each level (RFC 6962 §2.1, C2SP tlog-tiles). Not for
/// several threads at once.
/// </summary>
internal sealed class TreeBuilder
{
    private readonly byte[]?[] _last = new byte[]?[TileId.MaxLevels];
    private List<Tile> _full = [];

    /// <summary>How many leaves there are; the index of the next.</summary>
    public long Size { get; private set; }

    /// <summary>Goes on where a tree of that size was left, from its partial tiles.</summary>
    /// <exception cref="InvalidDataException">A tile is not to be had.</exception>
    public static TreeBuilder Resume(long size, TileSource tiles)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        var tree = new TreeBuilder { Size = size };
        for (var level = 0; level < TileId.MaxLevels; level++)
        {
            var id = TileId.In(size, level, size >> (8 * (level + 1)));
            if (id.Width is 0) continue;
            var hashes = tiles(id) ?? throw new InvalidDataException($"The tree of size {size} cannot go on: {id.ToPath()} is missing.");
            hashes[..(id.Width * TreeHash.Bytes)].CopyTo(tree._last[level] = new byte[TileId.FullBytes]);
        }
        return tree;
    }

    /// <summary>One more leaf. A node above it is hashed when its tile is full, so the average cost does not grow with the tree.</summary>
    public void Append(in TreeHash leaf)
    {
        var hash = leaf;
        for (var level = 0; ; level++)
        {
            var at = (int)(Size >> (8 * level)) & 255;
            var tile = _last[level] ??= new byte[TileId.FullBytes];
            hash.AsSpan().CopyTo(tile.AsSpan(at * TreeHash.Bytes));
            if (at < 255) break;
            _full.Add(new Tile(new TileId(level, Size >> (8 * (level + 1)), TileId.FullWidth), tile));
            _last[level] = null;                                    // given away: it never changes again
            hash = Tile.Root(Tile.Read(tile));
        }
        Size++;
    }

    /// <summary>The tiles that became full since the last call, to be kept for ever.</summary>
    public IReadOnlyList<Tile> TakeFullTiles()
    {
        var full = _full;
        _full = [];
        return full;
    }

    /// <summary>The tiles that are not full now, which a tree of this size needs beside the full ones.</summary>
    public IReadOnlyList<Tile> PartialTiles()
    {
        var partial = new List<Tile>();
        for (var level = 0; level < TileId.MaxLevels; level++)
            if (Width(level) is > 0 and var width)
                partial.Add(new Tile(new TileId(level, Size >> (8 * (level + 1)), width), _last[level].AsSpan(0, width * TreeHash.Bytes).ToArray()));
        return partial;
    }

    /// <summary>The root now.</summary>
    public TreeHash Root() => Tile.RootOf(Size, level => Tile.Read(_last[level]));

    /// <summary>A tree of the same leaves that grows by itself: what is appended to one may have to be forgotten.</summary>
    public TreeBuilder Copy()
    {
        var copy = new TreeBuilder { Size = Size, _full = [.. _full] };
        for (var level = 0; level < TileId.MaxLevels; level++) copy._last[level] = _last[level]?.ToArray();
        return copy;
    }

    private int Width(int level) => (int)(Size >> (8 * level)) & 255;
}
