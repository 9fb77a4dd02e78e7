using IdJagBroker.Hosting;

namespace IdJagBroker.Audit.Api;

/// <summary>What is to be counted.</summary>
/// <param name="Filter">Which events; only what the counts know of them.</param>
/// <param name="From">The beginning, on a step.</param>
/// <param name="To">The end.</param>
/// <param name="By">What is told apart.</param>
/// <param name="Step">How long a row is; null: as long as all.</param>
/// <param name="IsRaw">Whether the events themselves are counted, which is for a day at most.</param>
internal sealed record StatsQuestion(EventFilter Filter, DateTimeOffset From, DateTimeOffset To, IReadOnlyList<string> By, TimeSpan? Step, bool IsRaw)
{
    /// <summary>What can be told apart, and be filtered by.</summary>
    public static readonly IReadOnlyList<string> Columns = ["type", "outcome", "reason", "client", "authserver", "resource"];

    private static readonly TimeSpan Otherwise = TimeSpan.FromDays(30);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(800);

    private static readonly Dictionary<string, TimeSpan?> Steps = new(StringComparer.Ordinal)
    {
        ["total"] = null, ["1d"] = TimeSpan.FromDays(1), ["1h"] = TimeSpan.FromHours(1), ["15m"] = TimeSpan.FromMinutes(15), ["5m"] = TimeSpan.FromMinutes(5), ["1m"] = TimeSpan.FromMinutes(1),
    };

    /// <summary>Reads it. Refuses with 400.</summary>
    public static Outcome<StatsQuestion> Read(IQueryCollection query, DateTimeOffset now)
    {
        if (EventFilter.Parse(query, ["by", "step", "people", "unused"], now, Columns).IsRefused(out var filter, out var problem)) return problem;
        if (query["people"] is { Count: > 0 } people && people is not ["true"]) return Problem.InvalidParameter("people is true, or is not there.", "people", 1);
        var counted = query["people"].Count > 0 ? ["client", "resource"] : Columns;
        if (ReadBy(query, counted).IsRefused(out var by, out problem)) return problem;
        if (query["people"].Count > 0 && filter.Given.FirstOrDefault(given => !counted.Contains(given.Parameter)).Parameter is { } foreign)
            return Problem.InvalidParameter("People are counted by client and resource only: those whom a token was issued for.", foreign, 1);
        if (query["step"] is { Count: > 0 } steps && !(steps is [{ } word] && Steps.ContainsKey(word) && (query["people"].Count is 0 || word is "total" or "1d")))
            return Problem.InvalidParameter(query["people"].Count is 0 ? $"step is one of {string.Join(", ", Steps.Keys)}." : "The step of people is total or 1d.", "step", 1);
        var step = Steps[query["step"] is [{ } given] ? given : "total"];
        return Bounded(filter, by, step, ofDays: query["people"].Count > 0, now);
    }

    private static Outcome<string[]> ReadBy(IQueryCollection query, IReadOnlyList<string> columns)
    {
        if (query["by"].Count is 0) return columns is ["client", "resource"] ? columns.ToArray() : [];
        var by = new List<string>();
        foreach (var text in query["by"])
        {
            var column = 1;
            foreach (var name in text!.Split(','))
            {
                if (!columns.Contains(name)) return Problem.InvalidParameter($"by: there are {string.Join(", ", columns)}.", "by", column);
                if (!by.Contains(name)) by.Add(name);
                column += name.Length + 1;
            }
        }
        return by.ToArray();
    }

    // Counts are kept by the hour and people by the day (UTC): the times are widened to that, and the answer says to what.
    private static Outcome<StatsQuestion> Bounded(EventFilter filter, IReadOnlyList<string> by, TimeSpan? step, bool ofDays, DateTimeOffset now)
    {
        var isRaw = step < TimeSpan.FromHours(1);
        var grain = ofDays || step == TimeSpan.FromDays(1) ? TimeSpan.FromDays(1) : isRaw ? step!.Value : TimeSpan.FromHours(1);
        var to = filter.To ?? now;
        var from = filter.From ?? (isRaw ? to - TimeSpan.FromHours(1) : to - Otherwise);
        if (from >= to) return Problem.InvalidParameter("'from' is not earlier than 'to'.", "from", 1);
        if (isRaw && to - from > EventQuery.OneDay) return Problem.InvalidParameter("Steps of minutes are counted from the events, for 24 hours at most.", "step", 1) with { Hint = "Take step=1h, or from and to at most 24 hours apart." };
        if (to - from > Longest) return Problem.InvalidParameter($"Counts go over {Longest.TotalDays} days at most.", "from", 1);
        return new StatsQuestion(filter, Down(from, grain), Down(to + grain - TimeSpan.FromTicks(1), grain), by, step, isRaw);
    }

    private static DateTimeOffset Down(DateTimeOffset time, TimeSpan grain) => new(time.UtcTicks - (time.UtcTicks % grain.Ticks), TimeSpan.Zero);
}
