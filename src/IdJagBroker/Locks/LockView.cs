using System.Text.Json.Serialization;

namespace IdJagBroker.Locks;

/// <summary>A lock as operators see it. A person is there by the random key.</summary>
internal sealed record LockView
{
    [JsonPropertyName("id")] public required string Id { get; init; }

    [JsonPropertyName("kind")] public required string Kind { get; init; }

    /// <summary>What is locked, as the log names it; absent for everything.</summary>
    [JsonPropertyName("target")] public string? Target { get; init; }

    /// <summary><c>active</c>, <c>expired</c> or <c>lifted</c>.</summary>
    [JsonPropertyName("state")] public required string State { get; init; }

    [JsonPropertyName("reason")] public required string Reason { get; init; }

    [JsonPropertyName("ticket")] public string? Ticket { get; init; }

    [JsonPropertyName("set_at")] public required DateTimeOffset SetAt { get; init; }

    [JsonPropertyName("set_by")] public required string SetBy { get; init; }

    [JsonPropertyName("expires_at")] public required DateTimeOffset ExpiresAt { get; init; }

    [JsonPropertyName("lifted_at")] public DateTimeOffset? LiftedAt { get; init; }

    [JsonPropertyName("lifted_by")] public string? LiftedBy { get; init; }

    [JsonPropertyName("lift_reason")] public string? LiftReason { get; init; }

    [JsonIgnore] public long Version { get; init; }

    public static LockView Of(IssuanceLock one, DateTimeOffset now) => new()
    {
        Id = one.Id.ToString(),
        Kind = one.Kind.Word(),
        Target = one.Target,
        State = one.LiftedAt is not null ? "lifted" : one.IsInForce(now) ? "active" : "expired",
        Reason = one.Reason,
        Ticket = one.Ticket,
        SetAt = one.SetAt,
        SetBy = one.SetBy,
        ExpiresAt = one.ExpiresAt,
        LiftedAt = one.LiftedAt,
        LiftedBy = one.LiftedBy,
        LiftReason = one.LiftReason,
        Version = one.Version,
    };
}
