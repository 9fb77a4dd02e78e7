using System.Buffers;
using System.Globalization;

namespace IdJagBroker.Audit.Proof;

/// <summary>The files of a bundle by name, and their reading: a bundle comes from strangers, so nothing in it may lead out of it.</summary>
internal static class BundleFiles
{
    public const string Manifest = "manifest.json";
    public const string Signature = "manifest.jws";
    public const string Checkpoint = "checkpoint";

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    /// <summary>An earlier checkpoint.</summary>
    public static string CheckpointOf(long size) => $"checkpoints/{size.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>The proof that it is the beginning of the newest: hashes in base64, one a line.</summary>
    public static string ConsistencyOf(long size) => CheckpointOf(size) + ".consistency";

    /// <summary>The folder of a revision of the policy: the hex after <c>sha256:</c>, which every file system takes as a name.</summary>
    public static string PolicyOf(string revision) => $"policies/{revision["sha256:".Length..]}";

    /// <summary>Whether that is a revision: <c>sha256:</c> and 64 digits.</summary>
    public static bool IsRevision(ReadOnlySpan<char> text) =>
        text.Length is 71 && text.StartsWith("sha256:", StringComparison.Ordinal) && !text[7..].ContainsAnyExcept(Hex);

    /// <summary>Opens a file of the bundle. Null with a sentence if it is missing, no plain file, empty, or larger than that.</summary>
    public static FileStream? Open(string bundle, string name, long maxBytes, out string fault)
    {
        fault = "";
        try
        {
            // A link may lead anywhere, and a pipe or a device has no length: neither is opened.
            for (var path = name; path.Length > 0; path = Path.GetDirectoryName(path) ?? "")
            {
                if (new FileInfo(Path.Combine(bundle, path)).LinkTarget is null) continue;
                fault = $"{path} is a link, which a bundle has none of.";
                return null;
            }
            var file = new FileInfo(Path.Combine(bundle, name));
            if (!file.Exists) fault = $"{name} is missing.";
            else if (file.Length is 0) fault = $"{name} is empty.";
            else if (file.Length > maxBytes) fault = $"{name} is {file.Length} bytes long; at most {maxBytes} are read.";
            else return new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = $"{name} cannot be read.";
        }
        return null;
    }

    /// <summary>The whole of a small file; null with a sentence otherwise.</summary>
    public static byte[]? Read(string bundle, string name, int maxBytes, out string fault)
    {
        using var file = Open(bundle, name, maxBytes, out fault);
        if (file is null) return null;
        try
        {
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (IOException)
        {
            fault = $"{name} cannot be read.";
            return null;
        }
    }
}
