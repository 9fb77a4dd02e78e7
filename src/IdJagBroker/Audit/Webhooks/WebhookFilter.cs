using System.Text.Json;
using System.Text.RegularExpressions;

namespace IdJagBroker.Audit.Webhooks;

/// <summary>Which events an endpoint gets. A list that is empty asks nothing; several are all asked.</summary>
/// <param name="Types">Types; <c>*</c> at the end stands for any rest.</param>
/// <param name="Outcomes">Of <c>ok</c>, <c>denied</c>, <c>error</c>.</param>
/// <param name="Clients">Aliases of clients.</param>
internal sealed partial record WebhookFilter(IReadOnlyList<string> Types, IReadOnlyList<string> Outcomes, IReadOnlyList<string> Clients)
{
    /// <summary>The longest list.</summary>
    public const int MaxItems = 64;

    private static readonly string[] KnownOutcomes = ["ok", "denied", "error"];

    /// <summary>Which member is wrong, or null.</summary>
    public string? Fault()
    {
        if (Types.Count > MaxItems || !Types.All(type => TypePattern().IsMatch(type))) return "types";
        if (!Outcomes.All(outcome => KnownOutcomes.Contains(outcome, StringComparer.Ordinal)) || Outcomes.Count > KnownOutcomes.Length) return "outcomes";
        return Clients.Count > MaxItems || Clients.Any(client => client.Length is 0 or > 64 || client.Contains('\0')) ? "clients" : null;
    }

    /// <summary>
    /// Whether an event is for this endpoint. What failed at an endpoint is not told to that endpoint: it would fail there again.
    /// </summary>
    public bool Matches(LogLine line, string webhook) =>
        (Types.Count is 0 || Types.Any(type => IsOfType(line.Type, type)))
        && (Outcomes.Count is 0 || Outcomes.Contains(line.Outcome, StringComparer.Ordinal))
        && (Clients.Count is 0 || (line.Client is { } client && Clients.Contains(client, StringComparer.Ordinal)))
        && !(line.Type == WebhookEvent.DeliveryFailed && IsAbout(line, webhook));

    private static bool IsOfType(string type, string pattern) => pattern[^1] is '*'
        ? type.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal)
        : string.Equals(type, pattern, StringComparison.Ordinal);

    private static bool IsAbout(LogLine line, string webhook)
    {
        using var json = JsonDocument.Parse(line.Text);
        return json.RootElement.GetProperty("data").TryGetProperty("webhook", out var about) && about.ValueEquals(webhook);
    }

    [GeneratedRegex(@"\A(\*|[a-z][a-z_.]{0,62}\*?)\z", RegexOptions.CultureInvariant)]
    private static partial Regex TypePattern();
}

/// <summary>An event of the log: its line, and what is asked of it.</summary>
internal sealed record LogLine(long Seq, DateTimeOffset RecordedAt, Guid Id, string Type, string Outcome, string? Client, string Text);
