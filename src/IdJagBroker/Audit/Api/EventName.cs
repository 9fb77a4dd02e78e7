using System.Globalization;

namespace IdJagBroker.Audit.Api;

/// <summary>An event as an address names it: by its id, or by its number.</summary>
internal static class EventName
{
    /// <summary>The event, or null: there is none, or the name is neither.</summary>
    public static async Task<EventRow?> FindAsync(LogReader log, string name, CancellationToken ct)
    {
        if (Guid.TryParseExact(name, "D", out var id)) return await log.FindAsync(id, ct);
        return long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var seq) && seq < long.MaxValue ? await log.FindAsync(seq, ct) : null;
    }
}
