using System.Diagnostics;
using System.Text.Json.Nodes;

namespace IdJagBroker.Audit.Webhooks;

/// <summary>The record of a change to an endpoint, and of an event that one never took. A delivery that works is not an event: it would be delivered, and so on for ever.</summary>
internal static class WebhookEvent
{
    public const string DeliveryFailed = "delivery.failed";

    /// <param name="type">Such as <c>webhook.updated</c>.</param>
    /// <param name="webhook">Whose.</param>
    /// <param name="before">Its <see cref="Webhook.State"/>, or null: it was not there.</param>
    /// <param name="after">The same after the change, or null.</param>
    /// <param name="now">When.</param>
    /// <param name="detail">What else is to be said.</param>
    public static AuditEvent Of(string type, string webhook, JsonObject? before, JsonObject? after, DateTimeOffset now, params ReadOnlySpan<(string Name, JsonNode Value)> detail)
    {
        var data = new JsonObject { ["webhook"] = webhook };
        if (before is not null) data["before"] = before;
        if (after is not null) data["after"] = after;
        foreach (var (name, value) in detail) data[name] = value;
        return new AuditEvent
        {
            Id = Guid.CreateVersion7(now), OccurredAt = now, Type = type, Outcome = AuditOutcome.Ok, TraceId = Activity.Current?.TraceId.ToString(), Data = EventData.Of(data),
        };
    }

    /// <summary>An event became a dead letter.</summary>
    public static AuditEvent Dead(string webhook, LogLine line, int attempts, string failure, DateTimeOffset now) =>
        Of(DeliveryFailed, webhook, null, null, now, ("seq", line.Seq), ("event_id", line.Id.ToString()), ("event_type", line.Type), ("attempts", attempts), ("failure", failure))
            with { Outcome = AuditOutcome.Error, Reason = "DELIVERY_FAILED", ActorKey = "webhook sender" };
}
