using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Audit.Exports;

/// <summary>The directory of one export: what was begun there, what was found, and whether it is whole.</summary>
internal sealed class ExportFolder(string directory)
{
    private readonly string _progress = Path.Combine(directory, ".progress");

    private string OrderFile => Path.Combine(_progress, "order.json");

    private string FindingsFile => Path.Combine(_progress, "findings.ndjson");

    /// <summary>Whether a whole bundle is there.</summary>
    public bool IsWhole => File.Exists(Path.Combine(directory, BundleFiles.Signature)) && !Directory.Exists(_progress);

    /// <summary>Whether anything is there.</summary>
    public bool IsEmpty => !Directory.Exists(directory) || !Directory.EnumerateFileSystemEntries(directory).Any();

    /// <summary>What was begun here; null if nothing.</summary>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public ExportOrder? Begun => File.Exists(OrderFile) ? ExportOrder.Parse(File.ReadAllText(OrderFile)) : null;

    /// <summary>What was found so far.</summary>
    public IReadOnlyList<ExportFinding> Findings => File.Exists(FindingsFile)
        ? [.. File.ReadLines(FindingsFile).Where(line => line.EndsWith('}')).Select(line => ExportFinding.Of(JsonElement.Parse(line)))] : [];

    public async Task BeginAsync(ExportOrder order, CancellationToken ct)
    {
        Directory.CreateDirectory(_progress);
        var aside = OrderFile + ".new";
        await File.WriteAllTextAsync(aside, order.ToJson(), ct);
        File.Move(aside, OrderFile, overwrite: true);
    }

    /// <summary>Keeps a finding beside the parts, before the part that it was found in is there: going on does not forget it.</summary>
    public Task NoteAsync(ExportFinding finding, CancellationToken ct) => File.AppendAllTextAsync(FindingsFile, finding.ToJson().ToJsonString() + "\n", ct);

    /// <summary>What a whole bundle is of.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public ExportResult Result(ExportFilter filter)
    {
        var bytes = File.ReadAllBytes(Path.Combine(directory, BundleFiles.Manifest));
        if (!BundleManifest.TryParse(bytes, out var manifest)) throw new InvalidDataException("The manifest is none.");
        return new ExportResult(new ExportOrder(filter, manifest.From, manifest.To, manifest.CheckpointSize, manifest.MadeAt), manifest, [])
        {
            Bytes = Files().Sum(file => file.Length), Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)),
        };
    }

    /// <summary>The time of the last event in a part.</summary>
    /// <exception cref="InvalidDataException">The part is damaged.</exception>
    public DateTimeOffset LastTime(BundlePart part)
    {
        var findings = new BundleFindings();
        var last = 0L;
        PartReader.Read(directory, part, findings, (_, line) =>
        {
            if (LineMembers.TryRead(line, out var read, out string _)) last = read.RecordedAt;
            return true;
        });
        return last > 0 && findings.ToList().Count is 0 ? new DateTimeOffset(last, TimeSpan.Zero) : throw new InvalidDataException($"{part.Name} is damaged; remove the directory and begin anew.");
    }

    /// <summary>The files of the bundle, in the order of their names.</summary>
    public IEnumerable<FileInfo> Files() =>
        new DirectoryInfo(directory).EnumerateFiles("*", SearchOption.AllDirectories).Where(file => !file.FullName.StartsWith(_progress + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            .OrderBy(file => NameOf(file), StringComparer.Ordinal);

    /// <summary>The name of a file in the bundle, with <c>/</c>.</summary>
    public string NameOf(FileInfo file) => Path.GetRelativePath(directory, file.FullName).Replace(Path.DirectorySeparatorChar, '/');

    /// <summary>A file by its name; null if there is none. Nothing leads out of the directory.</summary>
    public FileStream? Open(string name) => name.Split('/').Any(part => part is "" || part[0] is '.') || name.Contains('\\') || name.Contains('\0')
        ? null : BundleFiles.Open(directory, name, long.MaxValue, out _);
}
