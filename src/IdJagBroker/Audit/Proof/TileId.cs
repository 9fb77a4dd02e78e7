using System.Globalization;
using System.Text;

namespace IdJagBroker.Audit.Proof;

/// <summary>
/// Which tile of the tree (C2SP tlog-tiles): 256 hashes of one level, or as many as there are. A hash of a tile at level <c>L</c> is the
/// root of 256^L leaves.
/// </summary>
/// <param name="Level">0 for leaf hashes.</param>
/// <param name="Index">From the left.</param>
/// <param name="Width">How many hashes: 256 of a full tile.</param>
internal readonly record struct TileId(int Level, long Index, int Width)
{
    public const int FullWidth = 256;

    /// <summary>The length of a full tile.</summary>
    public const int FullBytes = FullWidth * TreeHash.Bytes;

    /// <summary>Levels of tiles, for 2^56 leaves: more than a number in JSON can count.</summary>
    public const int MaxLevels = 7;

    public bool IsFull => Width is FullWidth;

    /// <summary>A tile as it is in a tree of that size; of width 0 if that tree does not have it.</summary>
    public static TileId In(long size, int level, long index) =>
        new(level, index, (int)Math.Clamp((size >> (8 * level)) - (index * FullWidth), 0, FullWidth));

    /// <summary>The tile that holds the root of this one, which is full, in a tree of that size.</summary>
    public TileId Parent(long size) => In(size, Level + 1, Index / FullWidth);

    /// <summary>The path under which it is published: <c>tile/0/x001/x234/067.p/12</c>.</summary>
    public string ToPath()
    {
        var path = new StringBuilder(FormattableString.Invariant($"{Index % 1000:000}"));
        for (var rest = Index / 1000; rest > 0; rest /= 1000) path.Insert(0, FormattableString.Invariant($"x{rest % 1000:000}/"));
        path.Insert(0, FormattableString.Invariant($"tile/{Level}/"));
        return IsFull ? path.ToString() : path.Append(CultureInfo.InvariantCulture, $".p/{Width}").ToString();
    }

    /// <summary>Reads the path of a tile; there is one for each tile, so any other spelling is refused.</summary>
    public static bool TryParsePath(string path, out TileId tile)
    {
        tile = default;
        var parts = path.Split('/');
        if (parts.Length is < 3 or > 12 || parts[0] is not "tile" || !TryNumber(parts[1], out var level) || level >= MaxLevels) return false;
        var width = FullWidth;
        var end = parts.Length;
        if (parts[^2].EndsWith(".p", StringComparison.Ordinal))
        {
            if (!TryNumber(parts[^1], out width)) return false;
            parts[^2] = parts[^2][..^2];
            end--;
        }
        long index = 0;
        for (var i = 2; i < end; i++)
        {
            if (!TryNumber(parts[i].TrimStart('x'), out var digits)) return false;
            if (index > (long.MaxValue >> 20) / 1000) return false;
            index = (index * 1000) + digits;
        }
        tile = new TileId(level, index, width);
        return width is >= 1 and <= FullWidth && tile.ToPath() == path;
    }

    private static bool TryNumber(string text, out int number)
    {
        number = 0;
        return text.Length is >= 1 and <= 3 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
