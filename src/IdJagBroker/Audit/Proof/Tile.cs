using System.Numerics;
using System.Runtime.InteropServices;

namespace IdJagBroker.Audit.Proof;

/// <summary>Gives the hashes of a tile, at least as many as its width says, or null if it is not to be had.</summary>
internal delegate ReadOnlyMemory<byte>? TileSource(TileId tile);

/// <summary>A tile with its hashes, one after the other.</summary>
internal sealed record Tile(TileId Id, ReadOnlyMemory<byte> Hashes)
{
    /// <summary>Bytes seen as hashes.</summary>
    public static ReadOnlySpan<TreeHash> Read(ReadOnlySpan<byte> bytes) => MemoryMarshal.Cast<byte, TreeHash>(bytes);

    /// <summary>The root of a whole subtree; the number of hashes is a power of two, 256 at most.</summary>
    public static TreeHash Root(ReadOnlySpan<TreeHash> hashes)
    {
        if (hashes.Length is 1) return hashes[0];
        Span<TreeHash> level = stackalloc TreeHash[TileId.FullWidth / 2];
        for (var i = 0; i < hashes.Length / 2; i++) level[i] = TreeHash.Node(hashes[2 * i], hashes[(2 * i) + 1]);
        for (var width = hashes.Length / 4; width > 0; width /= 2)
            for (var i = 0; i < width; i++) level[i] = TreeHash.Node(level[2 * i], level[(2 * i) + 1]);
        return level[0];
    }

    /// <summary>
    /// The root of a tree from its last tiles, one for each level (RFC 6962 §2.1): whole subtrees from the smallest on the right to the
    /// largest on the left, one for each bit of the size.
    /// </summary>
    /// <param name="rightEdge">Gives the hashes of the last, partial tile of a level; asked only where there is one.</param>
    public static TreeHash RootOf(long size, Func<int, ReadOnlySpan<TreeHash>> rightEdge)
    {
        if (size is 0) return TreeHash.Empty;
        TreeHash? root = null;
        for (var level = 0; level < TileId.MaxLevels; level++)
        {
            var width = (int)(size >> (8 * level)) & 255;
            if (width is 0) continue;
            var hashes = rightEdge(level);
            for (var end = width; end > 0;)
            {
                var count = 1 << BitOperations.TrailingZeroCount(end);
                var subtree = Root(hashes.Slice(end - count, count));
                root = root is { } right ? TreeHash.Node(subtree, right) : subtree;
                end -= count;
            }
        }
        return root!.Value;
    }
}
