using System.Text.Json.Serialization;

namespace IdJagBroker.SignIn.Control;

/// <summary>A session as operators see it. The person is there by the random key; what the provider said of the person is not.</summary>
internal sealed record SessionView
{
    /// <summary>What ID Tokens carry as <c>sid</c>, and events as <c>actor.session</c>.</summary>
    [JsonPropertyName("sid")] public required string Sid { get; init; }

    [JsonPropertyName("subject_key")] public required string SubjectKey { get; init; }

    /// <summary>The identity provider: its alias, or its issuer if the catalogue does not have it any more.</summary>
    [JsonPropertyName("upstream")] public required string Upstream { get; init; }

    /// <summary><c>active</c>, <c>expired</c> or <c>ended</c>.</summary>
    [JsonPropertyName("state")] public required string State { get; init; }

    [JsonPropertyName("signed_in_at")] public required DateTimeOffset SignedInAt { get; init; }

    /// <summary>When the provider last vouched for the person.</summary>
    [JsonPropertyName("checked_at")] public required DateTimeOffset CheckedAt { get; init; }

    /// <summary>Until when a browser is answered without the provider; refresh tokens have times of their own.</summary>
    [JsonPropertyName("expires_at")] public required DateTimeOffset ExpiresAt { get; init; }

    [JsonPropertyName("ended_at")] public DateTimeOffset? EndedAt { get; init; }

    [JsonPropertyName("end_reason")] public string? EndReason { get; init; }

    /// <summary>What clients were given in it.</summary>
    [JsonPropertyName("grants")] public required IReadOnlyList<GrantView> Grants { get; init; }
}

/// <summary>What one client was given in a session.</summary>
internal sealed record GrantView
{
    /// <summary>The client's alias.</summary>
    [JsonPropertyName("client")] public required string Client { get; init; }

    [JsonPropertyName("redeemed_at")] public required DateTimeOffset RedeemedAt { get; init; }

    /// <summary>Until when the refresh token can be used if it is not used before; absent where there is none.</summary>
    [JsonPropertyName("refresh_expires_at")] public DateTimeOffset? RefreshExpiresAt { get; init; }

    [JsonPropertyName("revoked_at")] public DateTimeOffset? RevokedAt { get; init; }

    [JsonPropertyName("revoke_reason")] public string? RevokeReason { get; init; }
}
