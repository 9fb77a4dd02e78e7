using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Tests.Audit.Proof;

/// <summary>RFC 6962 §2.1 as it stands there, slow and obvious, over leaves that are all in memory; and the tiles of each of its sizes.</summary>
internal sealed class TileTree(IReadOnlyList<TreeHash> leaves)
{
    private readonly Dictionary<(int, int), TreeHash> _known = [];

    public IReadOnlyList<TreeHash> Leaves { get; } = leaves;

    /// <summary>MTH(D[start:end]).</summary>
    public TreeHash Mth(int start, int end)
    {
        if (start == end) return TreeHash.Empty;
        if (end - start is 1) return Leaves[start];
        if (_known.TryGetValue((start, end), out var known)) return known;
        var k = Split(end - start);
        return _known[(start, end)] = TreeHash.Node(Mth(start, start + k), Mth(start + k, end));
    }

    /// <summary>PATH(m, D[n]).</summary>
    public List<TreeHash> Path(int m, int start, int end)
    {
        if (end - start is 1) return [];
        var k = Split(end - start);
        return m < k ? [.. Path(m, start, start + k), Mth(start + k, end)] : [.. Path(m - k, start + k, end), Mth(start, start + k)];
    }

    /// <summary>SUBPROOF(m, D[n], b).</summary>
    public List<TreeHash> SubProof(int m, int start, int end, bool whole)
    {
        var n = end - start;
        if (m == n) return whole ? [] : [Mth(start, end)];
        var k = Split(n);
        return m <= k ? [.. SubProof(m, start, start + k, whole), Mth(start + k, end)] : [.. SubProof(m - k, start + k, end, false), Mth(start, start + k)];
    }

    /// <summary>The tiles of the tree of its first leaves, and nothing beyond them.</summary>
    public TileSource At(long size) => id =>
    {
        Assert.Equal(TileId.In(size, id.Level, id.Index), id);
        var bytes = new byte[id.Width * TreeHash.Bytes];
        var span = 1 << (8 * id.Level);
        for (var i = 0; i < id.Width; i++)
        {
            var start = (int)((id.Index * 256) + i) * span;
            Mth(start, start + span).AsSpan().CopyTo(bytes.AsSpan(i * TreeHash.Bytes));
        }
        return bytes;
    };

    private static int Split(int n)
    {
        var k = 1;
        while (k * 2 < n) k *= 2;
        return k;
    }
}
