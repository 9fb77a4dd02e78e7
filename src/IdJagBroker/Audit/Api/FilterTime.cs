using System.Globalization;

namespace IdJagBroker.Audit.Api;

/// <summary>What is wrong with a value, and at which of its characters, counted from 1.</summary>
internal sealed record ValueFault(int Column, string Message);

/// <summary>A time as people and programs ask for it: RFC 3339, a day, or so long ago.</summary>
internal static class FilterTime
{
    private const string Shape = "0000-00-00T00:00:00";
    private static readonly TimeSpan Longest = TimeSpan.FromDays(36_500);

    /// <summary>Reads <c>2026-11-28T14:05:06.5+01:00</c>, <c>2026-11-28</c> (its beginning, UTC), or <c>-30d</c>, <c>-12h</c>, <c>-5m</c>, <c>-10s</c>.</summary>
    public static ValueFault? Read(string text, DateTimeOffset now, out DateTimeOffset time)
    {
        time = default;
        return text.StartsWith('-') ? Relative(text, now, out time) : Absolute(text, out time);
    }

    private static ValueFault? Relative(string text, DateTimeOffset now, out DateTimeOffset time)
    {
        time = default;
        var end = 1;
        while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
        if (end is 1) return new(2, "A number is expected after '-', as in -30d.");
        if (end > 10) return new(2, "That is too long ago.");
        if (end == text.Length) return new(end + 1, "A unit is expected after the number: d, h, m or s.");
        var number = long.Parse(text.AsSpan(1, end - 1), CultureInfo.InvariantCulture);
        TimeSpan? unit = text[end] switch { 'd' => TimeSpan.FromDays(1), 'h' => TimeSpan.FromHours(1), 'm' => TimeSpan.FromMinutes(1), 's' => TimeSpan.FromSeconds(1), _ => null };
        if (unit is not { } of) return new(end + 1, "There are the units d, h, m and s.");
        if (end + 1 < text.Length) return new(end + 2, "Nothing is expected after the unit.");
        if (number > Longest / of) return new(2, "That is too long ago.");
        time = now - (number * of);
        return null;
    }

    private static ValueFault? Absolute(string text, out DateTimeOffset time)
    {
        time = default;
        var isDay = text.Length <= 10;
        for (var i = 0; i < (isDay ? 10 : Shape.Length); i++)
        {
            if (i == text.Length) return new(i + 1, "The time ends too early; it is as in 2026-11-28T14:05:06Z, or -30d.");
            var fits = Shape[i] is '0' ? char.IsAsciiDigit(text[i]) : text[i] == Shape[i];
            if (!fits) return new(i + 1, Shape[i] is '0' ? "A digit is expected here, as in 2026-11-28T14:05:06Z." : $"'{Shape[i]}' is expected here, as in 2026-11-28T14:05:06Z.");
        }
        int Part(int start, int length) => int.Parse(text.AsSpan(start, length), CultureInfo.InvariantCulture);
        var (year, month, day) = (Part(0, 4), Part(5, 2), Part(8, 2));
        if (year is < 1970 or > 9000) return new(1, "The year is 1970 to 9000.");
        if (month is 0 or > 12) return new(6, "There is no such month.");
        if (day is 0 || day > DateTime.DaysInMonth(year, month)) return new(9, "There is no such day in that month.");
        time = new DateTimeOffset(year, month, day, 0, 0, 0, TimeSpan.Zero);
        if (isDay) return null;

        var (hour, minute, second) = (Part(11, 2), Part(14, 2), Part(17, 2));
        if (hour > 23) return new(12, "There is no such hour.");
        if (minute > 59) return new(15, "There is no such minute.");
        if (second > 59) return new(18, "There is no such second.");
        var at = Shape.Length;
        var ticks = Fraction(text, ref at);
        if (ticks is null) return new(at + 1, "A digit is expected after the point, nine at most.");
        if (Offset(text, at, out var offset) is { } fault) return fault;
        time = time.AddTicks((hour * TimeSpan.TicksPerHour) + (minute * TimeSpan.TicksPerMinute) + (second * TimeSpan.TicksPerSecond) + ticks.Value) - offset;
        return null;
    }

    private static long? Fraction(string text, ref int at)
    {
        if (at == text.Length || text[at] is not '.') return 0;
        var first = ++at;
        var (ticks, worth) = (0L, TimeSpan.TicksPerSecond / 10);
        for (; at < text.Length && char.IsAsciiDigit(text[at]); at++, worth /= 10) ticks += (text[at] - '0') * worth;
        return at - first is >= 1 and <= 9 ? ticks : null;
    }

    private static ValueFault? Offset(string text, int at, out TimeSpan offset)
    {
        offset = default;
        if (at == text.Length) return new(at + 1, "An offset is expected here: Z, or one such as +01:00.");
        if (text[at] is 'Z') return at + 1 == text.Length ? null : new(at + 2, "Nothing is expected after Z.");
        if (text[at] is ' ') return new(at + 1, "An offset is expected here; a '+' in an address is sent as %2B.");
        if (text[at] is not ('+' or '-')) return new(at + 1, "An offset is expected here: Z, or one such as +01:00.");
        var rest = text.AsSpan(at + 1);
        if (rest.Length is not 5 || rest[2] is not ':' || !int.TryParse(rest[..2], NumberStyles.None, CultureInfo.InvariantCulture, out var hours)
            || !int.TryParse(rest[3..], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes) || hours > 23 || minutes > 59)
            return new(at + 2, "An offset is two digits, ':' and two digits.");
        offset = new TimeSpan(hours, minutes, 0) * (text[at] is '-' ? -1 : 1);
        return null;
    }
}
