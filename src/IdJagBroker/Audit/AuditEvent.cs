using System.Text.Json.Nodes;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Audit;

/// <summary>How an attempt ended.</summary>
internal enum AuditOutcome
{
    Ok,
    Denied,
    Error,
}

/// <summary>One thing that happened, before it is recorded. Holds no token, no secret, and no personal detail but a random key.</summary>
internal sealed record AuditEvent
{
    /// <summary>UUIDv7; what a refused client is told as <c>decision_id</c>.</summary>
    public required Guid Id { get; init; }

    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>Such as <c>idjag.issued</c>.</summary>
    public required string Type { get; init; }

    public required AuditOutcome Outcome { get; init; }

    /// <summary>What kind of party acted: <c>client</c>, <c>admin</c>, <c>upstream</c>, <c>publisher</c>, <c>authserver</c>; a job of the broker's own unless said.</summary>
    public string ActorKind { get; init; } = "system";

    /// <summary>Which: a client's or administrator's alias, the name of a job.</summary>
    public string? ActorKey { get; init; }

    /// <summary>An administrator's role.</summary>
    public string? ActorRole { get; init; }

    /// <summary>The <c>jti</c> of the token that the actor came with, or the session.</summary>
    public string? ActorSession { get; init; }

    /// <summary>The client's alias in the catalogue.</summary>
    public string? Client { get; init; }

    /// <summary>The random key of the person.</summary>
    public string? SubjectKey { get; init; }

    /// <summary>The issuer of the authorization server.</summary>
    public string? AuthServer { get; init; }

    public IReadOnlyList<string> Resources { get; init; } = [];

    public string? Jti { get; init; }

    public string? Kid { get; init; }

    /// <summary>A closed reason code.</summary>
    public string? Reason { get; init; }

    /// <summary>Null, too, where no policy is in force.</summary>
    public string? PolicyRevision { get; init => field = value is "" ? null : value; }

    public string? TraceId { get; init; }

    /// <summary>The caller's network, /24 or /48: never the whole address.</summary>
    public string? Network { get; init; }

    public string? UserAgent { get; init; }

    /// <summary>The rest, by type.</summary>
    public EventData Data { get; init; } = EventData.None;

    /// <summary>The same event, saying who did it.</summary>
    public AuditEvent By(Actor actor) => this with { ActorKind = actor.Kind, ActorKey = actor.Key, ActorRole = actor.Role, ActorSession = actor.Session };

    /// <summary>What follows this event if nobody acted on it: so that nobody looks for a token that was never signed.</summary>
    public AuditEvent Abandoned(DateTimeOffset now) => Followed("abandoned", "ABANDONED", now);

    /// <summary>What follows this event if the key did not sign.</summary>
    public AuditEvent Unsigned(DateTimeOffset now) => Followed("sign_failed", "SIGNING_UNAVAILABLE", now);

    // Of the same family: what follows idjag.issued is idjag.abandoned.
    private AuditEvent Followed(string what, string reason, DateTimeOffset now) => this with
    {
        Id = Guid.CreateVersion7(now), OccurredAt = now, Type = Type[..(Type.IndexOf('.') + 1)] + what, Outcome = AuditOutcome.Error, Reason = reason, Data = EventData.None,
    };

    /// <summary>The same event, saying which of its uses were not the first: that is known only while it is written.</summary>
    public AuditEvent Noting(IEnumerable<ReplayKey> replayed)
    {
        var data = JsonNode.Parse(Data.Utf8.Span)!.AsObject();
        data["replayed"] = new JsonArray([.. replayed.Select(key => (JsonNode)key.Kind)]);
        return this with { Data = EventData.Of(data) };
    }
}
