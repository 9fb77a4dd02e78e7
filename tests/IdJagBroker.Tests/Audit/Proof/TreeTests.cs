using System.Buffers.Binary;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Tests.Audit.Proof;

/// <summary>Against the reference tree of Certificate Transparency, and against RFC 6962 §2.1 written down word for word.</summary>
public sealed class TreeTests
{
    private static readonly byte[][] ReferenceLeaves =
    [
        [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
        Convert.FromHexString("5051525354555657"), Convert.FromHexString("606162636465666768696a6b6c6d6e6f"),
    ];

    private static readonly string[] ReferenceRoots =
    [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    [Fact]
    public void Has_the_roots_of_the_reference_tree()
    {
        var tree = new TreeBuilder();
        Assert.Equal(ReferenceRoots[0], Hex(tree.Root()));
        for (var i = 0; i < ReferenceLeaves.Length; i++)
        {
            tree.Append(TreeHash.Leaf(ReferenceLeaves[i]));
            Assert.Equal(ReferenceRoots[i + 1], Hex(tree.Root()));
        }
    }

    [Theory]
    [InlineData(0, 8, "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")]
    [InlineData(5, 8, "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    public void Proves_inclusion_as_the_reference_does(long index, long size, params string[] path)
    {
        var tree = new TileTree([.. ReferenceLeaves.Select(leaf => TreeHash.Leaf(leaf))]);
        Assert.Equal(path, TreeProof.Inclusion(index, size, tree.At(size)).Select(Hex));
    }

    [Theory]
    [InlineData(1, 8, "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")]
    [InlineData(6, 8, "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(2, 5, "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")]
    public void Proves_consistency_as_the_reference_does(long oldSize, long newSize, params string[] path)
    {
        var tree = new TileTree([.. ReferenceLeaves.Select(leaf => TreeHash.Leaf(leaf))]);
        Assert.Equal(path, TreeProof.Consistency(oldSize, newSize, tree.At(newSize)).Select(Hex));
    }

    [Fact]
    public void Every_root_and_every_inclusion_proof_up_to_600_is_what_RFC_6962_says()
    {
        var tree = new TileTree(Leaves(600));
        var builder = new TreeBuilder();
        for (var size = 1; size <= 600; size++)
        {
            builder.Append(tree.Leaves[size - 1]);
            var root = tree.Mth(0, size);
            Assert.Equal(root, builder.Root());
            foreach (var index in Enumerable.Range(0, size).Where(index => size <= 40 || size is 256 or 257 or 513 || (index + size) % 71 is 0))
            {
                var path = TreeProof.Inclusion(index, size, tree.At(size));
                Assert.Equal(tree.Path(index, 0, size), path);
                Assert.True(TreeProof.VerifyInclusion(tree.Leaves[index], index, size, path, root));
            }
        }
    }

    [Fact]
    public void Every_consistency_proof_up_to_600_is_what_RFC_6962_says()
    {
        var tree = new TileTree(Leaves(600));
        for (var size = 1; size <= 600; size++)
        {
            foreach (var old in Enumerable.Range(0, size + 1).Where(old => size <= 40 || size is 256 or 257 or 513 || (old + size) % 71 is 0))
            {
                var path = TreeProof.Consistency(old, size, tree.At(size));
                if (old > 0) Assert.Equal(tree.SubProof(old, 0, size, whole: true), path);
                Assert.True(TreeProof.VerifyConsistency(old, tree.Mth(0, old), size, tree.Mth(0, size), path));
            }
        }
    }

    [Fact]
    public void Large_trees_agree_too()
    {
        var tree = new TileTree(Leaves(140_000));
        foreach (var size in new[] { 65_535, 65_536, 65_537, 70_000, 131_072, 131_073, 139_999, 140_000 })
        {
            var root = tree.Mth(0, size);
            foreach (var index in new[] { 0, 255, 256, 65_534, size / 2, size / 3, size - 2, size - 1 })
            {
                Assert.True(TreeProof.VerifyInclusion(tree.Leaves[index], index, size, TreeProof.Inclusion(index, size, tree.At(size)), root));
                Assert.True(TreeProof.VerifyConsistency(index, tree.Mth(0, index), size, root, TreeProof.Consistency(index, size, tree.At(size))));
            }
        }
    }

    [Fact]
    public void No_changed_proof_verifies()
    {
        var tree = new TileTree(Leaves(300));
        foreach (var size in new[] { 1, 2, 3, 7, 8, 9, 255, 256, 257, 300 })
        {
            var root = tree.Mth(0, size);
            foreach (var index in Enumerable.Range(0, size).Where(index => index < 9 || index > size - 9 || index % 50 is 0))
            {
                var path = tree.Path(index, 0, size);
                var leaf = tree.Leaves[index];
                foreach (var changed in Changes(path)) Assert.False(TreeProof.VerifyInclusion(leaf, index, size, changed, root));
                Assert.False(TreeProof.VerifyInclusion(TreeHash.Leaf([9]), index, size, path, root));
                Assert.False(TreeProof.VerifyInclusion(leaf, index, size, path, TreeHash.Leaf([9])));
                Assert.False(TreeProof.VerifyInclusion(leaf, index + 1, size, path, root));
                Assert.False(TreeProof.VerifyInclusion(leaf, index - 1, size, path, root));
                Assert.False(TreeProof.VerifyInclusion(leaf, index, index, path, root));

                if (index is 0) continue;
                var (oldRoot, proof) = (tree.Mth(0, index), tree.SubProof(index, 0, size, whole: true));
                foreach (var changed in Changes(proof)) Assert.False(TreeProof.VerifyConsistency(index, oldRoot, size, root, changed));
                Assert.False(TreeProof.VerifyConsistency(index, TreeHash.Leaf([9]), size, root, proof));
                Assert.False(TreeProof.VerifyConsistency(index, oldRoot, size, TreeHash.Leaf([9]), proof));
                Assert.False(TreeProof.VerifyConsistency(size, root, index, oldRoot, proof));
            }
            Assert.False(TreeProof.VerifyConsistency(0, TreeHash.Leaf([9]), size, root, []));
            Assert.False(TreeProof.VerifyConsistency(size, TreeHash.Leaf([9]), size, root, []));
            Assert.False(TreeProof.VerifyConsistency(-1, root, size, root, []));
        }
    }

    [Fact]
    public void A_tree_goes_on_from_its_partial_tiles_and_a_copy_by_itself()
    {
        var tree = new TileTree(Leaves(66_000));
        foreach (var size in new[] { 0, 1, 255, 256, 257, 65_535, 65_536, 65_999 })
        {
            var resumed = TreeBuilder.Resume(size, tree.At(size));
            Assert.Equal(tree.Mth(0, size), resumed.Root());
            var copy = resumed.Copy();
            resumed.Append(TreeHash.Leaf("rolled back"u8));
            copy.Append(tree.Leaves[size]);
            Assert.Equal(tree.Mth(0, size + 1), copy.Root());
            Assert.NotEqual(copy.Root(), resumed.Root());
        }
        Assert.Throws<InvalidDataException>(() => TreeBuilder.Resume(300, _ => null));
    }

    [Fact]
    public void The_tiles_are_those_of_the_specification()
    {
        // C2SP tlog-tiles: 273 full ones of level 0 and one of 112, one full one of level 1 and one of 17, one of level 2 with 1
        var builder = new TreeBuilder();
        foreach (var leaf in Leaves(70_000)) builder.Append(leaf);
        var full = builder.TakeFullTiles();

        Assert.Equal(273, full.Count(tile => tile.Id.Level is 0));
        Assert.Equal(new TileId(1, 0, 256), Assert.Single(full, tile => tile.Id.Level is 1).Id);
        Assert.Equal([new TileId(0, 273, 112), new TileId(1, 1, 17), new TileId(2, 0, 1)], builder.PartialTiles().Select(tile => tile.Id));
        Assert.All(full, tile => Assert.Equal(TileId.FullBytes, tile.Hashes.Length));
        Assert.All(builder.PartialTiles(), tile => Assert.Equal(tile.Id.Width * 32, tile.Hashes.Length));
        Assert.Empty(builder.TakeFullTiles());
    }

    [Theory]
    [InlineData(0, 0, 256, "tile/0/000")]
    [InlineData(0, 1_234_067, 256, "tile/0/x001/x234/067")]
    [InlineData(2, 1_000, 7, "tile/2/x001/000.p/7")]
    [InlineData(1, 999, 255, "tile/1/999.p/255")]
    public void A_tile_has_one_path(int level, long index, int width, string path)
    {
        Assert.Equal(path, new TileId(level, index, width).ToPath());
        Assert.True(TileId.TryParsePath(path, out var tile));
        Assert.Equal(new TileId(level, index, width), tile);
    }

    [Theory]
    [InlineData("tile/0/0")]
    [InlineData("tile/0/x000/000")]
    [InlineData("tile/0/001/000")]
    [InlineData("tile/00/000")]
    [InlineData("tile/7/000")]
    [InlineData("tile/0/000.p/256")]
    [InlineData("tile/0/000.p/0")]
    [InlineData("tile/0/000.p/01")]
    [InlineData("tile/0/../000")]
    [InlineData("tile/0/x999/x999/x999/x999/x999/x999/x999/999")]
    [InlineData("/tile/0/000")]
    [InlineData("tile/0")]
    [InlineData("tile/0/.p/1")]
    public void No_other_path_is_one(string path) => Assert.False(TileId.TryParsePath(path, out _));

    [Fact]
    public void The_tiles_for_a_proof_are_known_beforehand()
    {
        var tree = new TileTree(Leaves(1_000));
        var tiles = TreeProof.TilesForInclusion(300, 1_000);
        Assert.Equal(tree.Path(300, 0, 1_000), TreeProof.Inclusion(300, 1_000, id => tiles.Contains(id) ? tree.At(1_000)(id) : null));
        Assert.Throws<InvalidDataException>(() => TreeProof.Inclusion(300, 1_000, _ => null));
        var others = TreeProof.TilesForConsistency(300, 1_000);
        Assert.Equal(tree.SubProof(300, 0, 1_000, true), TreeProof.Consistency(300, 1_000, id => others.Contains(id) ? tree.At(1_000)(id) : null));
    }

    [Fact]
    public void A_hash_has_one_spelling()
    {
        var hash = TreeHash.Leaf([]);
        Assert.True(TreeHash.TryParse(hash.ToString(), out var read));
        Assert.Equal(hash, read);
        foreach (var wrong in new[] { "", hash + "=", hash.ToString()[..^1], hash.ToString()[..^2] + "1=", " " + hash.ToString()[1..], hash.ToString().Insert(8, "\n") })
            Assert.False(TreeHash.TryParse(wrong, out _), wrong);
        Assert.Throws<ArgumentException>(() => TreeHash.Of(new byte[31]));
    }

    private static TreeHash[] Leaves(int count)
    {
        var leaves = new TreeHash[count];
        Span<byte> entry = stackalloc byte[4];
        for (var i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(entry, i);
            leaves[i] = TreeHash.Leaf(entry);
        }
        return leaves;
    }

    private static IEnumerable<List<TreeHash>> Changes(List<TreeHash> path)
    {
        yield return [.. path, TreeHash.Empty];
        yield return [TreeHash.Empty, .. path];
        if (path.Count > 0) yield return path[1..];
        if (path.Count > 0) yield return path[..^1];
        for (var i = 0; i < path.Count; i++) yield return [.. path[..i], TreeHash.Leaf([1, 2, 3]), .. path[(i + 1)..]];
    }

    private static string Hex(TreeHash hash) => Convert.ToHexStringLower(hash.AsSpan());
}
