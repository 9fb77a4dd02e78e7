using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Clients;

namespace IdJagBroker.Audit.Api;

/// <summary>Where a page ended, and of which question: what the next one goes on from.</summary>
/// <param name="After">The last event that was passed over.</param>
/// <param name="Size">How far the log went when the question was first asked; 0: it goes on growing.</param>
/// <param name="From">The question's times, which were perhaps relative.</param>
/// <param name="To">The same.</param>
internal sealed record PageCursor(LogPosition After, long Size, DateTimeOffset? From, DateTimeOffset? To);

/// <summary>
/// Writes cursors and reads them again: signed, so that nobody makes one, and for one filter and order only, so that nobody takes one for
/// another question. Every replica takes those of the others.
/// </summary>
internal sealed class PageCursors(ClientSecretHash secrets)
{
    private const int MacBytes = 16;
    private const int Bytes = (5 * sizeof(long)) + MacBytes;
    private readonly byte[] _key = secrets.DeriveKey("audit cursor");

    public string Write(PageCursor cursor, string question)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        ReadOnlySpan<long> numbers = [Micros(cursor.After.RecordedAt), cursor.After.Seq, cursor.Size, Micros(cursor.From), Micros(cursor.To)];
        for (var i = 0; i < numbers.Length; i++) BinaryPrimitives.WriteInt64BigEndian(bytes[(i * sizeof(long))..], numbers[i]);
        Mac(bytes[..^MacBytes], question, bytes[^MacBytes..]);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads one; null if it is not ours, or of another question.</summary>
    public PageCursor? Read(string text, string question)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        if (!Base64Url.IsValid(text, out var length) || length is not Bytes || !Base64Url.TryDecodeFromChars(text, bytes, out _)) return null;
        Span<byte> mac = stackalloc byte[MacBytes];
        Mac(bytes[..^MacBytes], question, mac);
        if (!CryptographicOperations.FixedTimeEquals(mac, bytes[^MacBytes..])) return null;
        Span<long> numbers = stackalloc long[5];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = BinaryPrimitives.ReadInt64BigEndian(bytes[(i * sizeof(long))..]);
        return new PageCursor(new LogPosition(Time(numbers[0])!.Value, numbers[1]), numbers[2], Time(numbers[3]), Time(numbers[4]));
    }

    /// <summary>A question in one spelling: whatever decides which events come, and in which order.</summary>
    public static string Question(IQueryCollection query, bool newest)
    {
        var text = new StringBuilder(newest ? "desc" : "asc");
        foreach (var (name, values) in query.Where(pair => pair.Key is not ("cursor" or "limit" or "order")).OrderBy(pair => pair.Key, StringComparer.Ordinal))
            foreach (var value in values.Order(StringComparer.Ordinal))
                text.Append(CultureInfo.InvariantCulture, $"\n{name.Length}:{name}={value!.Length}:{value}");
        return text.ToString();
    }

    private void Mac(ReadOnlySpan<byte> cursor, string question, Span<byte> mac)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        hash.AppendData(cursor);
        hash.AppendData(Encoding.UTF8.GetBytes(question));
        Span<byte> whole = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(whole);
        whole[..MacBytes].CopyTo(mac);
    }

    private static long Micros(DateTimeOffset? time) => time is { } at ? (at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond : long.MinValue;

    private static DateTimeOffset? Time(long micros) => micros is long.MinValue ? null : DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);
}
