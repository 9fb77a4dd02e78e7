using System.Numerics;

namespace IdJagBroker.Audit.Proof;

/// <summary>The nodes of a tree of one size, computed from its tiles.</summary>
internal sealed class TreeNodes(long size, TileSource tiles)
{
    /// <summary>How many leaves are left of the root's middle: the largest power of two smaller than their number (RFC 6962 §2.1).</summary>
    public static long Split(long leaves) => 1L << BitOperations.Log2((ulong)leaves - 1);

    /// <summary>The root over D[start:end], a node of the tree or its right edge.</summary>
    /// <exception cref="InvalidDataException">A tile is not to be had.</exception>
    public TreeHash Root(long start, long end)
    {
        var leaves = end - start;
        if (BitOperations.IsPow2(leaves)) return Whole(BitOperations.Log2((ulong)leaves), start);
        var middle = start + Split(leaves);
        return TreeHash.Node(Root(start, middle), Root(middle, end));
    }

    // The root of 2^height leaves is the root of at most 128 hashes of one tile.
    private TreeHash Whole(int height, long start)
    {
        var level = height / 8;
        var first = start >> (8 * level);
        var id = TileId.In(size, level, first / TileId.FullWidth);
        var hashes = tiles(id) is { } bytes && bytes.Length >= id.Width * TreeHash.Bytes ? bytes : throw new InvalidDataException($"{id.ToPath()} is missing.");
        return Tile.Root(Tile.Read(hashes.Span).Slice((int)(first % TileId.FullWidth), 1 << (height % 8)));
    }
}
