using System.Globalization;
using System.Text.Json;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Audit.Sequencing;

/// <summary>
/// A line as it lies in the inbox, read once: what of it is indexed, and where its place in the log goes. Reads one line after the other into
/// itself, and keeps no more than slices of it: this is done for every event there is.
/// </summary>
internal sealed class WrittenLine
{
    private readonly int[] _insertions = new int[3];
    private readonly List<ReadOnlyMemory<byte>> _resources = [];
    private ReadOnlyMemory<byte> _written;

    public Guid Id { get; private set; }
    public ReadOnlyMemory<byte> Type { get; private set; }
    public ReadOnlyMemory<byte> Outcome { get; private set; }
    public ReadOnlyMemory<byte>? Client { get; private set; }
    public ReadOnlyMemory<byte>? SubjectKey { get; private set; }
    public ReadOnlyMemory<byte>? AuthServer { get; private set; }
    public IReadOnlyList<ReadOnlyMemory<byte>> Resources => _resources;
    public ReadOnlyMemory<byte>? Jti { get; private set; }
    public ReadOnlyMemory<byte>? Kid { get; private set; }
    public ReadOnlyMemory<byte>? Reason { get; private set; }

    /// <inheritdoc cref="EventColumns.BreakGlass"/>
    public bool BreakGlass { get; private set; }

    /// <summary>Reads a line; false if it is none of ours (only who can write into the inbox, past this program, can put such a thing there).</summary>
    public bool TryRead(ReadOnlyMemory<byte> written)
    {
        try
        {
            // Ours are in canonical form and begin so; what the old inbox held is not.
            Read(written.Span.StartsWith("{\"actor\":{"u8) ? written : CanonicalJson.Canonicalize(written));
            return Type.Length > 0 && Outcome.Length > 0 && Id != Guid.Empty;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)      // text that is no UTF-8 is told by the latter two
        {
            return false;
        }
    }

    /// <summary>Writes the whole line, as it is hashed and shown: what was read, with the three members that say where it stands.</summary>
    public void WriteTo(CopyBuffer output, in LogPlace place)
    {
        var written = _written.Span;
        output.Write(written[.._insertions[0]]);
        output.Write("\"log\":"u8);
        output.Write(place.Log);
        output.Write(","u8);
        output.Write(written[_insertions[0].._insertions[1]]);
        output.Write("\"recorded_at\":\""u8);
        output.Write(place.RecordedAt);
        output.Write("\","u8);
        output.Write(written[_insertions[1].._insertions[2]]);
        output.Write("\"seq\":"u8);
        Span<byte> digits = stackalloc byte[20];
        place.Seq.TryFormat(digits, out var length, provider: CultureInfo.InvariantCulture);
        output.Write(digits[..length]);
        output.Write(","u8);
        output.Write(written[_insertions[2]..]);
    }

    private void Read(ReadOnlyMemory<byte> written)
    {
        (_written, Id, Type, Outcome) = (written, Guid.Empty, default, default);
        (Client, SubjectKey, AuthServer, Jti, Kid, Reason) = (null, null, null, null, null, null);
        _resources.Clear();

        var reader = new Utf8JsonReader(written.Span, new JsonReaderOptions { MaxDepth = 17 });
        if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject) throw new JsonException();
        var placed = 0;
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            // Each before the first member whose name comes after its own; none of ours has them already.
            for (; placed < 3 && reader.ValueSpan.SequenceCompareTo(NameOf(placed)) is var order and >= 0; placed++)
                _insertions[placed] = order > 0 ? (int)reader.TokenStartIndex : throw new JsonException();      // only the sequencer says where an event stands
            ReadMember(ref reader);
        }
        if (placed < 3 || reader.TokenType is not JsonTokenType.EndObject || reader.Read()) throw new JsonException();
        BreakGlass = EventColumns.TellsOfBreakGlass(written.Span, Type.Span);
    }

    private void ReadMember(ref Utf8JsonReader reader)
    {
        var name = reader.ValueSpan;        // those that are read have no character that JSON escapes
        switch (name.Length)
        {
            case 2 when name.SequenceEqual("id"u8): reader.Read(); Id = reader.GetGuid(); break;
            case 3 when name.SequenceEqual("jti"u8): Jti = Text(ref reader); break;
            case 3 when name.SequenceEqual("kid"u8): Kid = Text(ref reader); break;
            case 4 when name.SequenceEqual("type"u8): Type = Text(ref reader); break;
            case 6 when name.SequenceEqual("client"u8): Client = Text(ref reader); break;
            case 6 when name.SequenceEqual("reason"u8): Reason = Text(ref reader); break;
            case 7 when name.SequenceEqual("outcome"u8): Outcome = Text(ref reader); break;
            case 8 when name.SequenceEqual("resource"u8): ReadResources(ref reader); break;
            case 10 when name.SequenceEqual("authserver"u8): AuthServer = Text(ref reader); break;
            case 11 when name.SequenceEqual("subject_key"u8): SubjectKey = Text(ref reader); break;
            default: reader.Skip(); break;
        }
    }

    private void ReadResources(ref Utf8JsonReader reader)
    {
        _resources.Clear();
        if (!reader.Read() || reader.TokenType is not JsonTokenType.StartArray) throw new FormatException();
        while (reader.Read() && reader.TokenType is not JsonTokenType.EndArray) _resources.Add(Value(ref reader));
    }

    private ReadOnlyMemory<byte> Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        return Value(ref reader);
    }

    private ReadOnlyMemory<byte> Value(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not JsonTokenType.String) throw new FormatException();
        if (!reader.ValueIsEscaped) return _written.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
        var text = new byte[reader.ValueSpan.Length];
        var length = reader.CopyString(text);
        return !text.AsSpan(0, length).Contains((byte)0) ? text.AsMemory(0, length) : throw new FormatException();      // the database takes no NUL
    }

    private static ReadOnlySpan<byte> NameOf(int placed) => placed switch { 0 => "log"u8, 1 => "recorded_at"u8, _ => "seq"u8 };
}
