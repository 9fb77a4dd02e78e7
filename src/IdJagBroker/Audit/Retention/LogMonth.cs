using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace IdJagBroker.Audit.Retention;

/// <summary>A month of the log, by UTC: one partition.</summary>
internal readonly record struct LogMonth(int Year, int Month)
{
    private const string PartitionPrefix = "audit_event_";

    public DateTimeOffset Begins => new(Year, Month, 1, 0, 0, 0, TimeSpan.Zero);

    public DateTimeOffset Ends => Begins.AddMonths(1);

    public string Partition => PartitionPrefix + Begins.ToString("yyyy_MM", CultureInfo.InvariantCulture);

    /// <summary>Such as <c>2026-11</c>.</summary>
    public override string ToString() => Begins.ToString("yyyy-MM", CultureInfo.InvariantCulture);

    public static bool TryParse([NotNullWhen(true)] string? text, out LogMonth month) => TryParse(text, "yyyy-MM", out month);

    public static bool TryParsePartition(string name, out LogMonth month)
    {
        month = default;
        return name.StartsWith(PartitionPrefix, StringComparison.Ordinal) && TryParse(name[PartitionPrefix.Length..], "yyyy_MM", out month);
    }

    private static bool TryParse(string? text, string format, out LogMonth month)
    {
        var isOne = DateTimeOffset.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var begins);
        month = new LogMonth(begins.Year, begins.Month);
        return isOne;
    }
}
