using System.Globalization;

namespace IdJagBroker.Policies.Rules;

/// <summary>From when until when a rule applies.</summary>
/// <param name="From">Included; null: always has.</param>
/// <param name="Until">Excluded; null: for good.</param>
/// <param name="Ticket">What allows it.</param>
internal sealed record PolicyValidity(DateTimeOffset? From, DateTimeOffset? Until, string? Ticket)
{
    /// <summary>How long an emergency rule may apply.</summary>
    public static readonly TimeSpan MaxEmergency = TimeSpan.FromHours(8);

    /// <inheritdoc/>
    public override string ToString() => $"{Text(From) ?? "always"} to {Text(Until) ?? "for good"}{(Ticket is null ? "" : $" ({Ticket})")}";

    /// <summary>A moment as it is told; null for none.</summary>
    public static string? Text(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
