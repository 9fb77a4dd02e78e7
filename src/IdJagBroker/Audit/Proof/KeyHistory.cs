using System.Text;
using System.Text.Json;
using IdJagBroker.Keys.Life;

namespace IdJagBroker.Audit.Proof;

/// <summary>When which key signed, by the log's own <c>key.*</c> events.</summary>
internal sealed class KeyHistory
{
    /// <summary>How long after its end a key may still sign: replicas hear of it by a message, or at their next look.</summary>
    public static readonly TimeSpan Hearing = TimeSpan.FromSeconds(60);

    private static readonly string OfIdJags = KeyPurpose.IdJag.Word();

    private readonly Dictionary<string, KeySpan> _keys = [];
    private readonly Dictionary<string, KeySpan>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public KeyHistory() => _lookup = _keys.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Takes note of an event, if it is one of a key.</summary>
    public void Note(in LineMembers read, ReadOnlySpan<byte> line)
    {
        if (!read.Type.StartsWith("key."u8) || read.Kid.IsEmpty) return;
        var activates = read.Type.SequenceEqual("key.activated"u8);
        var ends = read.Type.SequenceEqual("key.retired"u8) || read.Type.SequenceEqual("key.revoked"u8) || read.Type.SequenceEqual("key.removed"u8);
        if (!activates && !ends) return;
        var kid = Encoding.UTF8.GetString(read.Kid);
        if (!_keys.TryGetValue(kid, out var key)) _keys[kid] = key = new KeySpan();
        key.Purpose ??= Purpose(line);
        if (activates) key.From ??= (read.Seq, read.RecordedAt);
        else key.Until = Math.Min(read.RecordedAt, key.Until);
    }

    /// <summary>Why the key of an ID-JAG cannot have signed it then; null if it can.</summary>
    public string? Fault(ReadOnlySpan<byte> kid, long seq, long recordedAt)
    {
        Span<char> chars = stackalloc char[256];
        if (kid.IsEmpty) return "names no key";
        if (kid.Length > chars.Length || !_lookup.TryGetValue(chars[..Encoding.UTF8.GetChars(kid, chars)], out var key)) return "names a key that the log does not know";
        return key.Fault(OfIdJags, seq, recordedAt);
    }

    /// <summary>The same of a checkpoint's key.</summary>
    public string? FaultOfCheckpoint(string kid, Checkpoint checkpoint) => !_keys.TryGetValue(kid, out var key)
        ? "is signed with a key that the log does not know"
        : key.Fault("audit_checkpoint", checkpoint.Size, checkpoint.RecordedAt?.UtcTicks ?? 0);

    private static string? Purpose(ReadOnlySpan<byte> line)
    {
        using var document = JsonDocument.Parse(line.ToArray());
        return document.RootElement.TryGetProperty("data", out var data) && data.ValueKind is JsonValueKind.Object
            && data.TryGetProperty("purpose", out var purpose) && purpose.ValueKind is JsonValueKind.String ? purpose.GetString() : null;
    }

    private sealed class KeySpan
    {
        public string? Purpose { get; set; }
        public (long Seq, long At)? From { get; set; }
        public long Until { get; set; } = long.MaxValue;

        public string? Fault(string purpose, long seq, long at)
        {
            if (Purpose != purpose) return $"is signed with a key for '{Purpose}'";
            if (From is not { } from || from.Seq >= seq) return "is signed with a key that was not active yet";
            return at - Hearing.Ticks > Until ? "is signed with a key that had stopped signing" : null;
        }
    }
}
