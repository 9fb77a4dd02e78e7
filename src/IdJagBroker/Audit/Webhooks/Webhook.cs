using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using IdJagBroker.Hosting;

namespace IdJagBroker.Audit.Webhooks;

/// <summary>An endpoint that events are sent to, and how far it is.</summary>
/// <param name="Id">Ours.</param>
/// <param name="Url">Where events are sent.</param>
/// <param name="PrivateNetwork">Whether it may be an address of the enterprise's own network.</param>
/// <param name="Enabled">Whether anything is sent.</param>
/// <param name="Filter">Which events.</param>
/// <param name="Secrets">What they are signed with.</param>
/// <param name="Version">Another after each change of what is above.</param>
/// <param name="Progress">How far it is.</param>
internal sealed record Webhook(
    string Id, string Url, bool PrivateNetwork, bool Enabled, WebhookFilter Filter, IReadOnlyList<WebhookSecret> Secrets, long Version, WebhookProgress Progress)
{
    public static Problem NotFound { get; } = new(StatusCodes.Status404NotFound, "webhook-not-found", "There is no such webhook.");

    /// <summary>What the log may hold of it: secrets by their names.</summary>
    public JsonObject State() => new()
    {
        ["url"] = Url,
        ["private_network"] = PrivateNetwork,
        ["enabled"] = Enabled,
        ["types"] = Texts(Filter.Types),
        ["outcomes"] = Texts(Filter.Outcomes),
        ["clients"] = Texts(Filter.Clients),
        ["secrets"] = Texts(Secrets.Select(secret => secret.Id)),
    };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}

/// <param name="NextSeq">The event whose turn it is; everything before it was acknowledged, is a dead letter, or is not for this endpoint.</param>
/// <param name="RecordedAfter">No event with that number or a higher one was recorded before: what is indexed is the time.</param>
/// <param name="Attempts">How often that event was tried.</param>
/// <param name="NextAttemptAt">Not before.</param>
internal sealed record WebhookProgress(
    long NextSeq, DateTimeOffset RecordedAfter, int Attempts, DateTimeOffset? NextAttemptAt, DateTimeOffset? LastSuccessAt, DateTimeOffset? LastFailureAt, string? LastFailure)
{
    /// <summary>From one event on, at once.</summary>
    public static WebhookProgress From(long seq, DateTimeOffset recordedAfter) => new(seq, recordedAfter, 0, null, null, null, null);
}

/// <summary>An endpoint as the admin API shows it: never a secret.</summary>
internal sealed record WebhookView(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("url")] string Url,
    [property: JsonPropertyName("private_network")] bool PrivateNetwork,
    [property: JsonPropertyName("enabled")] bool Enabled,
    [property: JsonPropertyName("types")] IReadOnlyList<string> Types,
    [property: JsonPropertyName("outcomes")] IReadOnlyList<string> Outcomes,
    [property: JsonPropertyName("clients")] IReadOnlyList<string> Clients,
    [property: JsonPropertyName("secrets")] IReadOnlyList<WebhookView.SecretView> Secrets,
    [property: JsonPropertyName("status")] WebhookView.StatusView Status,
    [property: JsonIgnore] long Version)
{
    internal sealed record SecretView(
        [property: JsonPropertyName("id")] string Id,
        [property: JsonPropertyName("created_at")] DateTimeOffset CreatedAt,
        [property: JsonPropertyName("expires_at")] DateTimeOffset? ExpiresAt);

    /// <param name="NextSeq">The event whose turn it is.</param>
    /// <param name="Lag">How many events of the log, for this endpoint or not, come from there on.</param>
    internal sealed record StatusView(
        [property: JsonPropertyName("next_seq")] long NextSeq,
        [property: JsonPropertyName("lag")] long Lag,
        [property: JsonPropertyName("attempts")] int Attempts,
        [property: JsonPropertyName("next_attempt_at")] DateTimeOffset? NextAttemptAt,
        [property: JsonPropertyName("last_success_at")] DateTimeOffset? LastSuccessAt,
        [property: JsonPropertyName("last_failure_at")] DateTimeOffset? LastFailureAt,
        [property: JsonPropertyName("last_failure")] string? LastFailure);

    public static WebhookView Of(Webhook webhook, long logSize) => new(
        webhook.Id, webhook.Url, webhook.PrivateNetwork, webhook.Enabled, webhook.Filter.Types, webhook.Filter.Outcomes, webhook.Filter.Clients,
        [.. webhook.Secrets.Select(secret => new SecretView(secret.Id, secret.CreatedAt, secret.ExpiresAt))],
        new StatusView(
            webhook.Progress.NextSeq, Math.Max(0, logSize - webhook.Progress.NextSeq), webhook.Progress.Attempts, webhook.Progress.NextAttemptAt,
            webhook.Progress.LastSuccessAt, webhook.Progress.LastFailureAt, webhook.Progress.LastFailure),
        webhook.Version);
}
