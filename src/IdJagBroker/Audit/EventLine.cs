using System.Buffers;
using System.Text.Json;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Audit;

/// <summary>
/// An event as one line of canonical JSON (RFC 8785): what is kept, hashed, shown and exported, the same bytes everywhere. Three members are
/// still missing when it is written down: the log, its number there, and the time of its recording, which the sequencer adds.
/// </summary>
internal static class EventLine
{
    /// <summary>The version of the envelope.</summary>
    public const string Schema = "audit/1";

    private static readonly string Node = Environment.MachineName;

    [ThreadStatic] private static ArrayBufferWriter<byte>? _buffer;
    [ThreadStatic] private static CanonicalJsonWriter? _writer;

    /// <summary>Writes an event; members in the order of their names, absent where there is no value.</summary>
    /// <exception cref="ArgumentException">It holds text that no JSON has: half a surrogate pair, or a NUL, which the database does not take.</exception>
    public static byte[] Of(AuditEvent e) => Written(e).ToArray();

    /// <summary>The same, into a buffer of the shared pool.</summary>
    /// <exception cref="ArgumentException">It holds text that no JSON has.</exception>
    public static (byte[] Rented, int Length) Rent(AuditEvent e)
    {
        var line = Written(e);
        var rented = ArrayPool<byte>.Shared.Rent(line.Length);
        line.CopyTo(rented);
        return (rented, line.Length);
    }

    // Valid until this thread writes the next.
    private static ReadOnlySpan<byte> Written(AuditEvent e)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(4096);
        var json = _writer ??= new CanonicalJsonWriter(buffer);
        buffer.ResetWrittenCount();
        json.Reset();
        try
        {
            Write(json, e);
        }
        catch (JsonException fault)
        {
            throw new ArgumentException(fault.Message, nameof(e), fault);
        }
        if (HoldsNul(buffer.WrittenSpan)) throw new ArgumentException("It holds a NUL.", nameof(e));
        return buffer.WrittenSpan;
    }

    /// <summary>No more than 256 characters of what a stranger sends; the cut leaves no half of one.</summary>
    public static string? Bounded(string? text) => text is { Length: > 256 } ? text[..(char.IsHighSurrogate(text[255]) ? 255 : 256)] : text;

    // An escaped NUL, told from the six characters that look like one behind an escaped backslash.
    private static bool HoldsNul(ReadOnlySpan<byte> line)
    {
        for (int at, from = 0; (at = line[from..].IndexOf("\\u0000"u8)) >= 0; from = from + at + 6)
        {
            var before = line[..(from + at)];
            if ((before.Length - 1 - before.LastIndexOfAnyExcept((byte)'\\')) % 2 is 0) return true;
        }
        return false;
    }

    private static void Write(CanonicalJsonWriter json, AuditEvent e)
    {
        json.StartObject();
        json.Name("actor"u8);
        json.StartObject();
        json.Member("key"u8, e.ActorKey);
        json.Member("kind"u8, e.ActorKind);
        json.Member("role"u8, e.ActorRole);
        json.Member("session"u8, e.ActorSession);
        json.EndObject();
        json.Member("authserver"u8, e.AuthServer);
        json.Member("client"u8, e.Client);
        json.Name("data"u8);
        e.Data.WriteTo(json);
        json.Name("id"u8);
        Span<char> id = stackalloc char[36];
        e.Id.TryFormat(id, out _);
        json.String(id);
        json.Member("ip_net"u8, e.Network);
        json.Member("jti"u8, e.Jti);
        json.Member("kid"u8, e.Kid);
        json.Member("node"u8, Node);
        json.Name("occurred_at"u8);
        Span<byte> time = stackalloc byte[EventTime.Chars];
        EventTime.Write(e.OccurredAt, time);
        json.String(time);
        json.Member("outcome"u8, Word(e.Outcome));
        json.Member("policy_rev"u8, e.PolicyRevision);
        json.Member("reason"u8, e.Reason);
        json.Member("resource"u8, e.Resources);
        json.Member("schema"u8, Schema);
        json.Member("subject_key"u8, e.SubjectKey);
        json.Member("trace_id"u8, e.TraceId);
        json.Member("type"u8, e.Type ?? throw new ArgumentException("It has no type.", nameof(e)));
        json.Member("ua"u8, Bounded(e.UserAgent));
        json.Member("v"u8, 1);
        json.EndObject();
    }

    private static string Word(AuditOutcome outcome) => outcome switch
    {
        AuditOutcome.Ok => "ok",
        AuditOutcome.Denied => "denied",
        AuditOutcome.Error => "error",
        _ => throw new ArgumentException("There is no such outcome.", nameof(outcome)),
    };
}
