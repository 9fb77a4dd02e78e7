using System.Numerics;

namespace IdJagBroker.Audit.Proof;

/// <summary>Proofs from tiles: that a leaf is in a tree, and that a tree is the beginning of a larger one (RFC 6962 §2.1).</summary>
internal static class TreeProof
{
    /// <summary>The audit path of a leaf, from its sibling up (RFC 6962 §2.1.1).</summary>
    /// <exception cref="InvalidDataException">A tile is not to be had.</exception>
    public static IReadOnlyList<TreeHash> Inclusion(long index, long size, TileSource tiles)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var path = new List<TreeHash>();
        Path(new TreeNodes(size, tiles), index, 0, size, path);
        return path;
    }

    /// <summary>The proof that a tree of one size is the beginning of one of another (RFC 6962 §2.1.2); empty for size 0 and for equal sizes.</summary>
    /// <exception cref="InvalidDataException">A tile is not to be had.</exception>
    public static IReadOnlyList<TreeHash> Consistency(long oldSize, long newSize, TileSource tiles)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(oldSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(oldSize, newSize);
        var path = new List<TreeHash>();
        if (oldSize is not 0) SubProof(new TreeNodes(newSize, tiles), oldSize, 0, newSize, whole: true, path);
        return path;
    }

    /// <summary>The tiles that <see cref="Inclusion"/> will ask for, so that they can be read at once.</summary>
    public static IReadOnlySet<TileId> TilesForInclusion(long index, long size) => Asked(tiles => Inclusion(index, size, tiles));

    /// <summary>The tiles that <see cref="Consistency"/> will ask for.</summary>
    public static IReadOnlySet<TileId> TilesForConsistency(long oldSize, long newSize) => Asked(tiles => Consistency(oldSize, newSize, tiles));

    /// <summary>Whether the path leads from the leaf to the root (RFC 9162 §2.1.3.2).</summary>
    public static bool VerifyInclusion(in TreeHash leaf, long index, long size, IReadOnlyList<TreeHash> path, in TreeHash root)
    {
        if (index < 0 || index >= size) return false;
        var (node, last, hash) = (index, size - 1, leaf);
        foreach (var sibling in path)
        {
            if (last is 0) return false;
            if ((node & 1) is 1 || node == last)
            {
                hash = TreeHash.Node(sibling, hash);
                while ((node & 1) is 0 && node is not 0) (node, last) = (node >> 1, last >> 1);
            }
            else
            {
                hash = TreeHash.Node(hash, sibling);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        return last is 0 && hash == root;
    }

    /// <summary>Whether the path shows that the old tree is the beginning of the new one (RFC 9162 §2.1.4.2).</summary>
    public static bool VerifyConsistency(long oldSize, in TreeHash oldRoot, long newSize, in TreeHash newRoot, IReadOnlyList<TreeHash> path)
    {
        if (oldSize < 0 || oldSize > newSize) return false;
        if (oldSize == newSize) return path.Count is 0 && oldRoot == newRoot;
        if (oldSize is 0) return path.Count is 0 && oldRoot == TreeHash.Empty;
        if (path.Count is 0) return false;
        var whole = BitOperations.IsPow2(oldSize);
        var (node, last) = (oldSize - 1, newSize - 1);
        while ((node & 1) is 1) (node, last) = (node >> 1, last >> 1);
        var first = whole ? oldRoot : path[0];                      // a whole old tree is itself a node of the new one
        var (fromOld, fromNew) = (first, first);
        for (var i = whole ? 0 : 1; i < path.Count; i++)
        {
            if (last is 0) return false;
            if ((node & 1) is 1 || node == last)
            {
                (fromOld, fromNew) = (TreeHash.Node(path[i], fromOld), TreeHash.Node(path[i], fromNew));
                while ((node & 1) is 0 && node is not 0) (node, last) = (node >> 1, last >> 1);
            }
            else
            {
                fromNew = TreeHash.Node(fromNew, path[i]);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        return last is 0 && fromOld == oldRoot && fromNew == newRoot;
    }

    // PATH(m, D[n]) of RFC 6962, on D[start:end].
    private static void Path(TreeNodes tree, long index, long start, long end, List<TreeHash> path)
    {
        if (end - start is 1) return;
        var middle = start + TreeNodes.Split(end - start);
        Path(tree, index, index < middle ? start : middle, index < middle ? middle : end, path);
        path.Add(index < middle ? tree.Root(middle, end) : tree.Root(start, middle));
    }

    // SUBPROOF(m, D[n], b) of RFC 6962, on D[start:end]; m is where the old tree ends.
    private static void SubProof(TreeNodes tree, long oldEnd, long start, long end, bool whole, List<TreeHash> path)
    {
        if (oldEnd == end)
        {
            if (!whole) path.Add(tree.Root(start, end));
            return;
        }
        var middle = start + TreeNodes.Split(end - start);
        var left = oldEnd <= middle;
        SubProof(tree, oldEnd, left ? start : middle, left ? middle : end, whole && left, path);
        path.Add(left ? tree.Root(middle, end) : tree.Root(start, middle));
    }

    private static HashSet<TileId> Asked(Action<TileSource> prove)
    {
        var asked = new HashSet<TileId>();
        var nothing = new byte[TileId.FullBytes];
        prove(tile =>
        {
            asked.Add(tile);
            return nothing;
        });
        return asked;
    }
}
