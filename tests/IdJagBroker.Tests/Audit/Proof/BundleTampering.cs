using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Tests.Audit.Proof;

/// <summary>Changes a bundle as somebody would who may write its files: with and without the export key.</summary>
internal static class BundleTampering
{
    public static string PathOf(this TestLog log, string name) => Path.Combine(log.Directory, name);

    public static List<byte[]> ReadPart(this TestLog log, string name)
    {
        using var gzip = new GZipStream(File.OpenRead(log.PathOf(name)), CompressionMode.Decompress);
        using var raw = new MemoryStream();
        gzip.CopyTo(raw);
        return [.. Encoding.UTF8.GetString(raw.ToArray()).Split('\n')[..^1].Select(Encoding.UTF8.GetBytes)];
    }

    public static void WritePart(this TestLog log, string name, IEnumerable<byte[]> lines)
    {
        using var gzip = new GZipStream(File.Create(log.PathOf(name)), CompressionLevel.Fastest);
        foreach (var line in lines)
        {
            gzip.Write(line);
            gzip.WriteByte((byte)'\n');
        }
    }

    /// <summary>Makes the manifest fit the files again and signs it: what only the holder of the export key can do.</summary>
    public static async Task ResealAsync(this TestLog log, Func<BundleManifest, BundleManifest>? change = null)
    {
        Assert.True(BundleManifest.TryParse(File.ReadAllBytes(log.PathOf(BundleFiles.Manifest)), out var manifest));
        var parts = manifest.Parts.Select(part =>
        {
            var lines = log.ReadPart(part.Name);
            var bytes = File.ReadAllBytes(log.PathOf(part.Name));
            return part with { Events = lines.Count, RawBytes = lines.Sum(line => line.Length + 1), Bytes = bytes.Length, Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)) };
        });
        manifest = manifest with { Parts = [.. parts] };
        var utf8 = (change?.Invoke(manifest) ?? manifest).ToUtf8();
        File.WriteAllBytes(log.PathOf(BundleFiles.Manifest), utf8);
        File.WriteAllText(log.PathOf(BundleFiles.Signature), await ManifestSignature.SignAsync(utf8, log.ExportSigner, default));
    }
}
