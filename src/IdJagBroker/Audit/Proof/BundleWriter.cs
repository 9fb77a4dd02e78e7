using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Audit.Proof;

/// <summary>Reads a tile of the log, at least as many hashes as its width says; null if it is not there.</summary>
internal delegate ValueTask<ReadOnlyMemory<byte>?> TileReader(TileId tile, CancellationToken ct);

/// <summary>An event as it is exported: its line in canonical form, without line end.</summary>
internal readonly record struct ExportedEvent(long Seq, ReadOnlyMemory<byte> Line);

/// <summary>
/// Writes a bundle into a directory, part by part. A part is there whole, with the tiles that prove it, or not at all; so whoever is
/// interrupted makes a new writer on the same directory and goes on at <see cref="Next"/>. One checkpoint for all of it, chosen at the start.
/// </summary>
/// <param name="directory">Made if it is not there.</param>
/// <param name="checkpoint">The newest; every event exported is before it.</param>
/// <param name="note">Its signed note.</param>
/// <param name="tiles">The log's tiles.</param>
/// <param name="eventsPerPart">How many events a part has.</param>
internal sealed class BundleWriter(string directory, Checkpoint checkpoint, string note, TileReader tiles, int eventsPerPart = 100_000)
{
    private readonly string _progress = Path.Combine(directory, ".progress");
    private readonly HashSet<TileId> _written = [];

    /// <summary>The parts that are there, in order.</summary>
    public IReadOnlyList<BundlePart> Parts(BundlePartKind kind)
    {
        var parts = new List<BundlePart>();
        while (File.Exists(Path.Combine(directory, BundlePart.NameOf(kind, parts.Count + 1))))
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_progress, BundlePart.NameOf(kind, parts.Count + 1) + ".json")));
            parts.Add(BundleManifest.Part(json.RootElement));
        }
        return parts;
    }

    /// <summary>The <c>seq</c> after the last event that is in a part already; null if none is.</summary>
    public long? Next(BundlePartKind kind) => Parts(kind) is [.., var last] ? last.Last + 1 : null;

    /// <summary>Writes the events that follow, in as many parts as they need.</summary>
    /// <param name="events">In order of <c>seq</c>, from <see cref="Next"/> on.</param>
    /// <exception cref="InvalidDataException">They are not in order, not before the checkpoint, or a tile is not to be had.</exception>
    public async Task WriteAsync(BundlePartKind kind, IAsyncEnumerable<ExportedEvent> events, CancellationToken ct)
    {
        Directory.CreateDirectory(_progress);
        var parts = Parts(kind);
        var (number, last) = (parts.Count, parts.Count > 0 ? parts[^1].Last : -1);
        await using var source = events.GetAsyncEnumerator(ct);
        while (await source.MoveNextAsync())
        {
            var aside = Path.Combine(_progress, BundlePart.NameOf(kind, ++number));
            var part = await WritePartAsync(aside, new BundlePart(kind, number, 0, source.Current.Seq, last, 0, 0, ""), source, ct);
            await KeepAsync(aside, part with { Bytes = new FileInfo(aside).Length, Sha256 = await HashAsync(aside, ct) }, ct);
            last = part.Last;
        }
    }

    /// <summary>Writes the files of a revision of the policy.</summary>
    /// <exception cref="InvalidDataException">They are not that revision's.</exception>
    public async Task WritePolicyAsync(string revision, IReadOnlyList<PolicySource> sources, CancellationToken ct)
    {
        if (!BundleFiles.IsRevision(revision) || PolicyRevision.Of(sources) != revision) throw new InvalidDataException($"These are not the files of the policy {revision}.");
        foreach (var source in sources.Where(source => !source.IsNamedAsTest))
        {
            if (source.Name.Split('/').Any(part => part is "" or "." or "..") || Path.IsPathRooted(source.Name)) throw new InvalidDataException($"'{source.Name}' is no name of a policy's file.");
            await PutAsync($"{BundleFiles.PolicyOf(revision)}/{source.Name}", Encoding.UTF8.GetBytes(source.Text), ct);
        }
    }

    /// <summary>Writes checkpoints, their proofs, the manifest and its signature. What a remote key throws when it is away passes through.</summary>
    /// <param name="from">The first <c>seq</c> asked for.</param>
    /// <param name="to">The <c>seq</c> after the last.</param>
    /// <param name="filter">What else was asked for, a JSON object; null if nothing.</param>
    /// <param name="earlier">The notes of earlier checkpoints, by size.</param>
    public async Task<BundleManifest> FinishAsync(
        long from, long to, string? filter, IReadOnlyDictionary<long, string> earlier, DateTimeOffset madeAt, ISigningKey exportKey, CancellationToken ct)
    {
        await WriteTilesAsync(LastTiles(), ct);
        foreach (var (size, old) in earlier)
        {
            await PutAsync(BundleFiles.CheckpointOf(size), Encoding.UTF8.GetBytes(old), ct);
            if (size > 0) await PutAsync(BundleFiles.ConsistencyOf(size), Encoding.UTF8.GetBytes(await ProveAsync(size, ct)), ct);
        }
        // The beginning of what was asked for can be compared with a checkpoint that ends there.
        if (from > 0 && from <= checkpoint.Size) await WriteTilesAsync(TreeProof.TilesForConsistency(from, checkpoint.Size), ct);
        await PutAsync(BundleFiles.Checkpoint, Encoding.UTF8.GetBytes(note), ct);
        var manifest = new BundleManifest(
            checkpoint.Origin, madeAt, from, to, filter, checkpoint.Size, [.. earlier.Keys.Order()], [.. Parts(BundlePartKind.Context), .. Parts(BundlePartKind.Events)]);
        var bytes = manifest.ToUtf8();
        await PutAsync(BundleFiles.Manifest, bytes, ct);
        await PutAsync(BundleFiles.Signature, Encoding.ASCII.GetBytes(await ManifestSignature.SignAsync(bytes, exportKey, ct) + "\n"), ct);
        if (Directory.Exists(_progress)) Directory.Delete(_progress, recursive: true);
        return manifest;
    }

    private async Task<BundlePart> WritePartAsync(string aside, BundlePart part, IAsyncEnumerator<ExportedEvent> source, CancellationToken ct)
    {
        var (last, count, raw) = (part.Last, 0L, 0L);
        await using var file = File.Create(aside);
        await using (var gzip = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true))
        {
            do
            {
                var (seq, line) = source.Current;
                if (seq <= last || seq >= checkpoint.Size || line.Length > LineMembers.MaxBytes) throw new InvalidDataException($"Event {seq} cannot be exported after event {last} of {checkpoint.Size}.");
                await gzip.WriteAsync(line, ct);
                gzip.WriteByte((byte)'\n');
                if (seq / TileId.FullWidth != last / TileId.FullWidth || count is 0) await WriteTilesAsync([TileId.In(checkpoint.Size, 0, seq / TileId.FullWidth)], ct);
                (last, count, raw) = (seq, count + 1, raw + line.Length + 1);
            }
            while (count < eventsPerPart && await source.MoveNextAsync());
        }
        file.Flush(flushToDisk: true);
        return part with { Events = count, Last = last, RawBytes = raw };
    }

    // The description first: a part that is in its place has one.
    private async Task KeepAsync(string aside, BundlePart part, CancellationToken ct)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        BundleManifest.Write(part, new CanonicalJsonWriter(output));
        await PutAsync(Path.Combine(".progress", part.Name + ".json"), output.WrittenMemory, ct);
        File.Move(aside, Path.Combine(directory, part.Name), overwrite: true);
    }

    private IEnumerable<TileId> LastTiles() =>
        Enumerable.Range(0, TileId.MaxLevels).Select(level => TileId.In(checkpoint.Size, level, checkpoint.Size >> (8 * (level + 1)))).Where(tile => tile.Width > 0);

    // Each tile is proved by the hash of it in the one above, up to the last ones of the tree.
    private async Task WriteTilesAsync(IEnumerable<TileId> wanted, CancellationToken ct)
    {
        foreach (var tile in wanted)
        {
            for (var each = tile; _written.Add(each); each = each.Parent(checkpoint.Size))
            {
                await PutAsync(each.ToPath(), await ReadAsync(each, ct), ct);
                if (!each.IsFull) break;
            }
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReadAsync(TileId tile, CancellationToken ct) =>
        await tiles(tile, ct) is { } hashes && hashes.Length >= tile.Width * TreeHash.Bytes
            ? hashes[..(tile.Width * TreeHash.Bytes)] : throw new InvalidDataException($"{tile.ToPath()} is missing.");

    private async Task<string> ProveAsync(long size, CancellationToken ct)
    {
        var read = new Dictionary<TileId, ReadOnlyMemory<byte>>();
        foreach (var tile in TreeProof.TilesForConsistency(size, checkpoint.Size)) read[tile] = await ReadAsync(tile, ct);
        return string.Concat(TreeProof.Consistency(size, checkpoint.Size, tile => read[tile]).Select(hash => hash + "\n"));
    }

    // Aside, on the disk, then in its place: an interruption leaves nothing half.
    private async Task PutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken ct)
    {
        var (path, aside) = (Path.Combine(directory, name), Path.Combine(_progress, "aside"));
        Directory.CreateDirectory(_progress);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await using (var file = File.Create(aside))
        {
            await file.WriteAsync(content, ct);
            file.Flush(flushToDisk: true);
        }
        File.Move(aside, path, overwrite: true);
    }

    private static async Task<string> HashAsync(string path, CancellationToken ct)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, ct));
    }
}
