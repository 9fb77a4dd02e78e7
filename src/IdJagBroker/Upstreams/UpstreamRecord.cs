using System.Text.Json.Nodes;
using IdJagBroker.Audit;

namespace IdJagBroker.Upstreams;

/// <summary>
/// Writes down what upstreams do that concerns an auditor: go away, come back, change or move their keys. Beside the requests: no token
/// waits for it, and while the log is away it is tried again. Each replica tells what it has seen itself.
/// </summary>
internal sealed partial class UpstreamRecord(Func<AuditEvent, Task> append, TimeProvider clock, ILogger<UpstreamRecord> log)
{
    private const int MaxTries = 600;
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(1);

    public void Unreachable(UpstreamKeySource source, Exception why) => Write("upstream.unreachable", AuditOutcome.Error, source, "UPSTREAM_UNREACHABLE", new JsonObject
    {
        // In closed words: what a stranger's server answers does not go into the log.
        ["fault"] = why switch { InvalidDataException => "malformed", OperationCanceledException or TimeoutException => "timeout", _ => "unreachable" },
    });

    public void Recovered(UpstreamKeySource source, TimeSpan after) =>
        Write("upstream.recovered", AuditOutcome.Ok, source, null, new JsonObject { ["unreachable_s"] = Math.Max(0, (long)after.TotalSeconds) });

    /// <param name="source">Whose.</param>
    /// <param name="gone">By thumbprint.</param>
    /// <param name="new">By thumbprint.</param>
    public void KeysChanged(UpstreamKeySource source, IEnumerable<string> gone, IEnumerable<string> @new) =>
        Write("upstream.jwks_changed", AuditOutcome.Ok, source, null, new JsonObject { ["gone"] = List(gone), ["new"] = List(@new) });

    public void KeysMoved(UpstreamKeySource source, Uri before, Uri after) => Write("upstream.metadata_changed", AuditOutcome.Ok, source, null, new JsonObject
    {
        ["jwks_uri_after"] = after.OriginalString, ["jwks_uri_before"] = before.OriginalString,
    });

    private static JsonArray List(IEnumerable<string> thumbprints) => new([.. thumbprints.Order(StringComparer.Ordinal).Select(thumbprint => (JsonNode)thumbprint)]);

    private void Write(string type, AuditOutcome outcome, UpstreamKeySource source, string? reason, JsonObject data)
    {
        var now = clock.GetUtcNow();
        data["issuer"] = source.Issuer;
        _ = AppendAsync(new AuditEvent
        {
            Id = Guid.CreateVersion7(now),
            OccurredAt = now,
            Type = type,
            Outcome = outcome,
            ActorKind = "upstream",
            ActorKey = source.Upstream,
            Reason = reason,
            Data = EventData.Of(data),
        });
    }

    private async Task AppendAsync(AuditEvent auditEvent)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await append(auditEvent);
                return;
            }
            catch (AuditUnavailableException e)
            {
                if (tries is 1) NotYetRecorded(auditEvent.Type, auditEvent.ActorKey, e);
                if (tries is MaxTries) return;
            }
            await Task.Delay(TryAgain, clock);
        }
    }

    [LoggerMessage(1105, LogLevel.Warning, "{Type} of upstream {Upstream} could not be recorded; it is tried again for ten minutes")]
    private partial void NotYetRecorded(string type, string? upstream, Exception exception);
}
