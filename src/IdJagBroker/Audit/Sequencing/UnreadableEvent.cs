using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace IdJagBroker.Audit.Sequencing;

/// <summary>What lay in the inbox and is no line of ours must not hold up the log: it is recorded as unreadable, with what it was.</summary>
internal static class UnreadableEvent
{
    private const int BeginningBytes = 1024;

    public static AuditEvent Of(ReadOnlySpan<byte> written, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        OccurredAt = now,
        Type = "log.unreadable",
        Outcome = AuditOutcome.Error,
        ActorKind = "system",
        ActorKey = "sequencer",
        Reason = "UNREADABLE",
        Data = EventData.Of(new JsonObject
        {
            ["bytes"] = written.Length,
            ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(written)),
            ["beginning_base64"] = Convert.ToBase64String(written[..Math.Min(written.Length, BeginningBytes)]),
        }),
    };
}
