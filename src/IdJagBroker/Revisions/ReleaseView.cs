using System.Text.Json.Serialization;

namespace IdJagBroker.Revisions;

/// <summary>A release as the API shows it; or, of a broker that follows a directory, a revision that decided.</summary>
internal sealed record ReleaseView
{
    [JsonPropertyName("number")] public long? Number { get; init; }

    /// <summary><c>publish</c> or <c>rollback</c>.</summary>
    [JsonPropertyName("kind")] public string? Kind { get; init; }

    /// <summary><c>pending</c>, <c>active</c>, <c>superseded</c>, <c>rolled-back</c> or <c>rejected</c>.</summary>
    [JsonPropertyName("state")] public string? State { get; init; }

    [JsonPropertyName("revision")] public required string Revision { get; init; }

    /// <summary>The release that it was made from; 0: none.</summary>
    [JsonPropertyName("base")] public long? Base { get; init; }

    [JsonPropertyName("author")] public string? Author { get; init; }

    [JsonPropertyName("comment")] public string? Comment { get; init; }

    [JsonPropertyName("ticket")] public string? Ticket { get; init; }

    [JsonPropertyName("published_at")] public DateTimeOffset? PublishedAt { get; init; }

    [JsonPropertyName("approver")] public string? Approver { get; init; }

    [JsonPropertyName("approved_at")] public DateTimeOffset? ApprovedAt { get; init; }

    [JsonPropertyName("rejected_by")] public string? RejectedBy { get; init; }

    [JsonPropertyName("rejected_at")] public DateTimeOffset? RejectedAt { get; init; }

    /// <summary>Why it was rejected.</summary>
    [JsonPropertyName("rejection")] public string? Rejection { get; init; }

    /// <summary>When a broker first decided by it, or it was first published; of a directory only.</summary>
    [JsonPropertyName("first_seen")] public DateTimeOffset? FirstSeen { get; init; }

    public static ReleaseView Of(PolicyRelease release) => new()
    {
        Number = release.Number,
        Kind = ReleaseWords.Kind(release.IsRollback),
        State = release.State.Word(),
        Revision = release.Revision,
        Base = release.Base,
        Author = release.Author,
        Comment = release.Comment,
        Ticket = release.Ticket,
        PublishedAt = release.PublishedAt,
        Approver = release.Approver,
        ApprovedAt = release.ApprovedAt,
        RejectedBy = release.RejectedBy,
        RejectedAt = release.RejectedAt,
        Rejection = release.Rejection,
    };
}
