using System.Globalization;

namespace IdJagBroker.Audit.Proof;

/// <summary>The one way in which the log writes a time: <c>2026-11-28T14:05:06.123456Z</c>, so that texts compare as times do.</summary>
internal static class EventTime
{
    public const int Chars = 27;

    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    public static string Write(DateTimeOffset time) => time.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>Into 27 bytes, without allocation.</summary>
    public static void Write(DateTimeOffset time, Span<byte> destination) =>
        time.UtcDateTime.TryFormat(destination, out _, Format, CultureInfo.InvariantCulture);

    /// <summary>Reads exactly that; ticks count from the year 1, in UTC.</summary>
    public static bool TryParse(ReadOnlySpan<byte> ascii, out long ticks)
    {
        ticks = 0;
        if (ascii.Length is not Chars) return false;
        // Digit by digit: the platform's parser costs more than the hash of the whole event.
        if (!Number(ascii[..4], out var year) || !Number(ascii.Slice(5, 2), out var month) || !Number(ascii.Slice(8, 2), out var day)
            || !Number(ascii.Slice(11, 2), out var hour) || !Number(ascii.Slice(14, 2), out var minute) || !Number(ascii.Slice(17, 2), out var second)
            || !Number(ascii.Slice(20, 6), out var micro)) return false;
        if (ascii[4] is not (byte)'-' || ascii[7] is not (byte)'-' || ascii[10] is not (byte)'T' || ascii[13] is not (byte)':'
            || ascii[16] is not (byte)':' || ascii[19] is not (byte)'.' || ascii[26] is not (byte)'Z') return false;
        if (year is 0 || month is 0 or > 12 || day is 0 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59) return false;
        ticks = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).Ticks + (micro * TimeSpan.TicksPerMicrosecond);
        return true;
    }

    private static bool Number(ReadOnlySpan<byte> digits, out int number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit)) return false;
            number = (number * 10) + digit - '0';
        }
        return true;
    }
}
