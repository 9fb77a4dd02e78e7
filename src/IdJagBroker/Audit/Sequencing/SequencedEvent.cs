using System.Buffers;
using System.Globalization;
using System.Text.Json;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Audit.Sequencing;

/// <summary>An event with its place in the log: the whole line, its leaf, and what of it is indexed.</summary>
internal sealed record SequencedEvent
{
    public required long Seq { get; init; }

    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>The line as it is hashed and shown.</summary>
    public required byte[] Line { get; init; }

    public required TreeHash Leaf { get; init; }

    public required EventColumns Columns { get; init; }

    /// <summary>
    /// Gives a line its place. What is no line of ours (only who can write into the inbox, past this program, can put it there) must not
    /// hold up the log: it is recorded as unreadable, with what it was.
    /// </summary>
    public static SequencedEvent Of(ReadOnlyMemory<byte> written, string log, long seq, DateTimeOffset recordedAt)
    {
        if (!TryComplete(written, log, seq, recordedAt, out var line, out var columns)
            && !TryComplete(EventLine.Of(Unreadable(written.Span, recordedAt)), log, seq, recordedAt, out line, out columns))
            throw new InvalidOperationException("An event of the sequencer's own is no line.");
        return new SequencedEvent { Seq = seq, RecordedAt = recordedAt, Line = line, Leaf = TreeHash.Leaf(line), Columns = columns };
    }

    private static bool TryComplete(ReadOnlyMemory<byte> written, string log, long seq, DateTimeOffset recordedAt, out byte[] line, out EventColumns columns)
    {
        (line, columns) = ([], null!);
        try
        {
            // Ours are in canonical form and begin so; what the old inbox held is not.
            if (!written.Span.StartsWith("{\"actor\":{"u8)) written = CanonicalJson.Canonicalize(written);
            line = Insert(written.Span, log, seq, recordedAt);
            return EventColumns.TryRead(line, out columns!) && columns.Seq == seq && columns.RecordedAt == recordedAt;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)      // text that is no UTF-8 is told by the latter two
        {
            return false;
        }
    }

    // Each before the first member whose name comes after its own; none of ours has them already.
    private static byte[] Insert(ReadOnlySpan<byte> written, string log, long seq, DateTimeOffset recordedAt)
    {
        var output = new ArrayBufferWriter<byte>(written.Length + 160);
        Span<byte> time = stackalloc byte[EventTime.Chars];
        EventTime.Write(recordedAt, time);
        var reader = new Utf8JsonReader(written, new JsonReaderOptions { MaxDepth = 17 });
        if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject) throw new JsonException();
        var (copied, added) = (0, 0);
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            while (added < 3 && reader.ValueSpan.SequenceCompareTo(NameOf(added)) >= 0)
            {
                if (reader.ValueSpan.SequenceEqual(NameOf(added))) throw new JsonException();       // only the sequencer says where an event stands
                var at = (int)reader.TokenStartIndex;
                output.Write(written[copied..at]);
                copied = at;
                output.Write("\""u8);
                output.Write(NameOf(added));
                switch (added++)
                {
                    case 0:
                        output.Write("\":"u8);
                        var name = new CanonicalJsonWriter(output);
                        name.String(log);
                        output.Write(","u8);
                        break;
                    case 1:
                        output.Write("\":\""u8);
                        output.Write(time);
                        output.Write("\","u8);
                        break;
                    default:
                        output.Write("\":"u8);
                        seq.TryFormat(output.GetSpan(20), out var digits, provider: CultureInfo.InvariantCulture);
                        output.Advance(digits);
                        output.Write(","u8);
                        break;
                }
            }
            reader.Skip();
        }
        if (added < 3 || reader.TokenType is not JsonTokenType.EndObject || reader.Read()) throw new JsonException();
        output.Write(written[copied..]);
        return output.WrittenSpan.ToArray();
    }

    private static ReadOnlySpan<byte> NameOf(int added) => added switch { 0 => "log"u8, 1 => "recorded_at"u8, _ => "seq"u8 };

    private static AuditEvent Unreadable(ReadOnlySpan<byte> written, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        OccurredAt = now,
        Type = "log.unreadable",
        Outcome = AuditOutcome.Error,
        ActorKind = "system",
        ActorKey = "sequencer",
        Reason = "UNREADABLE",
        Data = EventData.Of(new System.Text.Json.Nodes.JsonObject
        {
            ["bytes"] = written.Length,
            ["sha256"] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(written)),
            ["beginning_base64"] = Convert.ToBase64String(written[..Math.Min(written.Length, 1024)]),
        }),
    };
}
