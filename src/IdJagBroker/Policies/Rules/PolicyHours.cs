using System.Globalization;

namespace IdJagBroker.Policies.Rules;

/// <summary>When in the week a rule applies, by the clock of a place.</summary>
/// <param name="Days">A bit for each day, Sunday the lowest.</param>
/// <param name="From">In minutes since midnight, included.</param>
/// <param name="To">Excluded; at or before <paramref name="From"/>: on the next day, and the day that counts is that of the beginning.</param>
/// <param name="Zone">Whose clock.</param>
internal sealed record PolicyHours(int Days, int From, int To, TimeZoneInfo Zone)
{
    /// <summary>A whole day.</summary>
    public const int MinutesADay = 24 * 60;

    /// <summary>The days as they are written, Sunday first.</summary>
    public static readonly IReadOnlyList<string> DayWords = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    public bool Covers(DateTimeOffset at)
    {
        var there = TimeZoneInfo.ConvertTime(at, Zone);
        var (day, minute) = ((int)there.DayOfWeek, (int)there.TimeOfDay.TotalMinutes);
        return From < To
            ? Has(day) && minute >= From && minute < To
            : (Has(day) && minute >= From) || (Has((day + 6) % 7) && minute < To);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{string.Join(' ', DayWords.Where((_, day) => Has(day)))} {Clock(From)}-{Clock(To)} {Zone.Id}";

    private bool Has(int day) => (Days & (1 << day)) is not 0;

    private static string Clock(int minutes) => string.Create(CultureInfo.InvariantCulture, $"{minutes / 60:00}:{minutes % 60:00}");
}
