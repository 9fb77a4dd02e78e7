using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.Audit.Proof;

/// <summary>Takes one line, without its line end; false ends the reading.</summary>
internal delegate bool LineTaker(long number, ReadOnlySpan<byte> line);

/// <summary>Reads one file of events line by line, in constant memory, and never more of it than the manifest says.</summary>
internal static class PartReader
{
    private const long MaxPartBytes = 1L << 32;

    /// <summary>Gives each line to <paramref name="take"/>; what is wrong with the file itself becomes a finding.</summary>
    public static void Read(string bundle, BundlePart part, BundleFindings findings, LineTaker take)
    {
        using var file = BundleFiles.Open(bundle, part.Name, MaxPartBytes, out var fault);
        if (file is null)
        {
            findings.Add(FindingKind.Part, fault, part.Name);
            return;
        }
        try
        {
            var hash = Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(file)));
            if (!CryptographicOperations.FixedTimeEquals(hash, Encoding.ASCII.GetBytes(part.Sha256)) || file.Length != part.Bytes) findings.Add(FindingKind.Part, $"{part.Name} is not the file that was exported.", part.Name);
            file.Position = 0;
            using var raw = new GZipStream(file, CompressionMode.Decompress);
            if (Lines(raw, part, take) is { } wrong) findings.Add(FindingKind.Part, $"{part.Name} {wrong}.", part.Name);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            findings.Add(FindingKind.Part, $"{part.Name} is damaged: it does not unpack to its end.", part.Name);
        }
    }

    // A line of a million bytes, or an archive that unpacks to more than it says, is not read to its end.
    private static string? Lines(Stream raw, BundlePart part, LineTaker take)
    {
        var buffer = new byte[256 * 1024];
        var (start, end, total, number) = (0, 0, 0L, 0L);
        for (int count; (count = raw.Read(buffer, end, buffer.Length - end)) > 0;)
        {
            total += count;
            if (total > part.RawBytes + LineMembers.MaxBytes) return "unpacks to more than was exported";
            var from = end;
            end += count;
            for (int at; (at = buffer.AsSpan(from, end - from).IndexOf((byte)'\n')) >= 0; from = start)
            {
                if (!take(++number, buffer.AsSpan(start, from + at - start))) return null;
                start = from + at + 1;
            }
            if (end - start > LineMembers.MaxBytes) return $"has a line {number + 1} that is longer than any event";
            if (start is 0 && end == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }
        if (end > start) return $"ends in the middle of line {number + 1}";
        return total == part.RawBytes ? null : $"unpacks to {total} bytes instead of {part.RawBytes}";
    }
}
