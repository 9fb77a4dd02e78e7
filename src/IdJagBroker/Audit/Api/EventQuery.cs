using IdJagBroker.Hosting;
using Npgsql;

namespace IdJagBroker.Audit.Api;

/// <summary>
/// The statement for one slice of what is asked for. One filter leads: for each of its values an index holds the events in the order of the
/// log, and these are merged as they are read, so that a page costs its rows and not the log's. What no index can lead is refused, unless it
/// is about a day.
/// </summary>
internal sealed class EventQuery
{
    /// <summary>As much as may be walked through for what no index finds; a little more, because who says <c>from=-24h</c> says it before we do.</summary>
    public static readonly TimeSpan OneDay = TimeSpan.FromHours(24) + TimeSpan.FromMinutes(1);

    private const string Columns = "seq, recorded_at, type, event";

    private static readonly string[] Unindexed = ["rule", "policy_rev", "ip", "trace_id", "actor", "q", "authserver"];

    private readonly LogSlice _slice;
    private readonly EventFilter _filter;
    private readonly EventConditions _conditions;

    private EventQuery(ResolvedFilter resolved, LogSlice slice) => (_filter, _slice, _conditions) = (resolved.Filter, slice, new EventConditions(resolved));

    private string Order => _slice.Newest ? "order by recorded_at desc, seq desc" : "order by recorded_at, seq";

    /// <summary>The statement. Refuses with 400 what would walk through the whole log, and says what to add.</summary>
    public static Outcome<NpgsqlCommand> Of(ResolvedFilter resolved, LogSlice slice, DateTimeOffset now)
    {
        var query = new EventQuery(resolved, slice);
        var lead = EventLead.Of(resolved, query._conditions);
        if (!lead.IsSelective && query.Unbounded(now) is { } refusal) return refusal;
        var rest = query._conditions.Except(lead.Parameter).Concat(query.Bounds()).ToList();
        var limit = $"limit {query._conditions.Value(slice.Limit)}";
        // "offset 0" keeps the order out of the choice of the index: a few rows are sorted, instead of the log being walked in order.
        var end = lead.IsOfFew ? "offset 0" : $"{query.Order} {limit}";
        var branches = lead.Conditions.Select(condition => $"(select {Columns} from audit_event where {string.Join(" and ", rest.Prepend(condition))} {end})").ToList();
        return query.Command(branches switch
        {
            [] => $"select {Columns} from audit_event where false",
            [var only] when !lead.IsOfFew => only,
            // Each branch has an order and a limit of its own: so they are merged, and each is read as far as the page needs.
            _ => $"select {Columns} from ({string.Join(" union all ", branches)}) e {query.Order} {limit}",
        });
    }

    /// <summary>Whether an index finds what is asked for, so that nothing else has to be read.</summary>
    public static bool IsSelective(ResolvedFilter resolved) => EventLead.Of(resolved, new EventConditions(resolved)).IsSelective;

    /// <summary>
    /// The next so many events of the log, whatever they are, with the line of those alone that match: a step that costs the same whatever
    /// is asked for, which is how a reader that follows passes over what is not for it.
    /// </summary>
    public static NpgsqlCommand Step(ResolvedFilter resolved, LogSlice slice)
    {
        var query = new EventQuery(resolved, slice);
        var matches = string.Join(" and ", query._conditions.Except("").DefaultIfEmpty("true"));
        return query.Command($"select seq, recorded_at, type, case when {matches} then event end from audit_event where {string.Join(" and ", query.Bounds())} {query.Order} limit {query._conditions.Value(slice.Limit)}");
    }

    // Of an index in the order of the log both comparisons are bounds; the one of the time alone also tells which months to open.
    private IEnumerable<string> Bounds()
    {
        yield return $"seq < {_conditions.Value(_slice.Size)}";
        if (_filter.From is { } from) yield return $"recorded_at >= {_conditions.Value(from)}";
        if (_filter.To is { } to) yield return $"recorded_at < {_conditions.Value(to)}";
        if (_slice.After is not { } after) yield break;
        var (time, seq) = (_conditions.Value(after.RecordedAt), _conditions.Value(after.Seq));
        yield return _slice.Newest ? $"recorded_at <= {time} and (recorded_at, seq) < ({time}, {seq})" : $"recorded_at >= {time} and (recorded_at, seq) > ({time}, {seq})";
    }

    private NpgsqlCommand Command(string text)
    {
        var command = new NpgsqlCommand(text);
        foreach (var value in _conditions.Parameters) command.Parameters.Add(value);
        return command;
    }

    private Problem? Unbounded(DateTimeOffset now)
    {
        if (Array.Find(Unindexed, parameter => _filter[parameter].Count > 0) is not { } unindexed) return null;
        var from = _slice is { Newest: false, After: { } last } && !(last.RecordedAt < _filter.From) ? last.RecordedAt : _filter.From;
        var to = _filter.To ?? now;
        if (_slice is { Newest: true, After: { } first } && first.RecordedAt < to) to = first.RecordedAt;
        if (to - from <= OneDay) return null;
        return new Problem(StatusCodes.Status400BadRequest, "unbounded-search", $"'{unindexed}' is looked for in every event, and that is too many.")
        {
            Position = new FaultPosition(unindexed, 1, 1),
            Hint = "Add from and to, at most 24 hours apart; or one of decision_id, jti, subject, client, resource, reason, breakglass, or a type other than those of tokens.",
        };
    }
}
