using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Tests.Audit.Proof;

/// <summary>Lines of events as the log writes them, made of their number: about 600 bytes of an issuance.</summary>
internal static class SampleEvents
{
    public const string Origin = "idjag.acme.example/audit";

    private static readonly DateTimeOffset Start = new(2026, 11, 28, 8, 0, 0, TimeSpan.Zero);

    /// <summary>Ten a second.</summary>
    public static DateTimeOffset TimeOf(long seq) => Start.AddMilliseconds(100 * seq);

    public static byte[] Issued(long seq, string kid, string revision) => Line(seq, TimeOf(seq), "idjag.issued", kid, revision, json =>
    {
        json.StartObject();
        json.Name("claims"u8);
        json.StartObject();
        Member(json, "aud", "https://auth.chat.example/");
        json.Name("exp"u8);
        json.Number(TimeOf(seq).ToUnixTimeSeconds() + 300);
        json.Name("iat"u8);
        json.Number(TimeOf(seq).ToUnixTimeSeconds());
        Member(json, "scope", "chat.read chat.history");
        json.EndObject();
        json.Name("rules"u8);
        json.StartArray();
        json.String("assistants-may-read-chat"u8);
        json.EndArray();
        Member(json, "signing_input_sha256", Convert.ToHexStringLower(SHA256.HashData(BitConverter.GetBytes(seq))));
        json.EndObject();
    });

    /// <summary>An event of a key or a policy, or any other without much in it.</summary>
    public static byte[] Step(long seq, DateTimeOffset at, string type, string? kid = null, string? revision = null, string? purpose = null) => Line(seq, at, type, kid, revision, json =>
    {
        json.StartObject();
        if (purpose is not null) Member(json, "purpose", purpose);
        json.EndObject();
    });

    private static byte[] Line(long seq, DateTimeOffset at, string type, string? kid, string? revision, Action<CanonicalJsonWriter> data)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        var json = new CanonicalJsonWriter(output);
        var number = seq.ToString("x12", CultureInfo.InvariantCulture);
        json.StartObject();
        Member(json, "client", "chat-assistant");
        json.Name("data"u8);
        data(json);
        Member(json, "id", $"01932c11-{number[..4]}-7{number[4..7]}-8000-{number}");
        if (kid is not null) Member(json, "kid", kid);
        Member(json, "log", Origin);
        Member(json, "occurred_at", EventTime.Write(at));
        Member(json, "outcome", "ok");
        if (revision is not null) Member(json, "policy_rev", revision);
        Member(json, "recorded_at", EventTime.Write(at));
        Member(json, "schema", "audit/1");
        json.Name("seq"u8);
        json.Number(seq);
        Member(json, "type", type);
        json.Name("v"u8);
        json.Number(1);
        json.EndObject();
        return output.WrittenSpan.ToArray();
    }

    private static void Member(CanonicalJsonWriter json, string name, string value)
    {
        json.Name(name);
        json.String(value);
    }
}
