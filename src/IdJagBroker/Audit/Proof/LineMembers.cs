using System.Text.Json;

namespace IdJagBroker.Audit.Proof;

/// <summary>What the checks need of one event, read in one pass over its line without allocation. Spans are of the line.</summary>
internal readonly ref struct LineMembers
{
    /// <summary>The longest line read.</summary>
    public const int MaxBytes = 1024 * 1024;

    private LineMembers(long seq, long recordedAt, ReadOnlySpan<byte> type, ReadOnlySpan<byte> kid, ReadOnlySpan<byte> policyRevision, ReadOnlySpan<byte> id)
    {
        (Seq, RecordedAt) = (seq, recordedAt);
        Type = type;
        Kid = kid;
        PolicyRevision = policyRevision;
        Id = id;
    }

    public long Seq { get; }

    /// <summary>In ticks of UTC.</summary>
    public long RecordedAt { get; }

    public ReadOnlySpan<byte> Type { get; }

    /// <summary>Empty if there is none.</summary>
    public ReadOnlySpan<byte> Kid { get; }

    /// <inheritdoc cref="Kid"/>
    public ReadOnlySpan<byte> PolicyRevision { get; }

    /// <inheritdoc cref="Kid"/>
    public ReadOnlySpan<byte> Id { get; }

    /// <summary>Reads a line; never throws on what a stranger wrote.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, out LineMembers read, out string fault)
    {
        read = default;
        fault = "is not a JSON object";
        try
        {
            var json = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 32 });
            if (!json.Read() || json.TokenType is not JsonTokenType.StartObject) return false;
            long? seq = null, recordedAt = null;
            ReadOnlySpan<byte> name = default, type = default, kid = default, revision = default, id = default;
            while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
            {
                // In order, so that no member is there twice and every reader reads the same (RFC 8785 §3.2.3).
                if (json.ValueIsEscaped || json.ValueSpan.SequenceCompareTo(name) <= 0)
                {
                    fault = "has members that are not in canonical order";
                    return false;
                }
                name = json.ValueSpan;
                json.Read();
                switch (name)
                {
                    case [(byte)'s', (byte)'e', (byte)'q'] when json.TokenType is JsonTokenType.Number && json.TryGetInt64(out var number): seq = number; break;
                    case [(byte)'t', (byte)'y', (byte)'p', (byte)'e']: type = Text(json); break;
                    case [(byte)'k', (byte)'i', (byte)'d']: kid = Text(json); break;
                    case [(byte)'i', (byte)'d']: id = Text(json); break;
                    case [(byte)'r', ..] when name.SequenceEqual("recorded_at"u8) && EventTime.TryParse(Text(json), out var ticks): recordedAt = ticks; break;
                    case [(byte)'p', ..] when name.SequenceEqual("policy_rev"u8): revision = Text(json); break;
                }
                json.Skip();                        // whatever an object or an array holds, it is no member of the event
            }
            fault = "is not an event: it has no seq, recorded_at or type";
            if (json.Read() || seq is not >= 0 || recordedAt is null || type.IsEmpty) return false;
            read = new LineMembers(seq.Value, recordedAt.Value, type, kid, revision, id);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static ReadOnlySpan<byte> Text(scoped in Utf8JsonReader json) =>
        json.TokenType is JsonTokenType.String && !json.ValueIsEscaped ? json.ValueSpan : default;
}
