using System.Globalization;

namespace IdJagBroker.Audit.Api;

/// <summary>The filter that an index leads by, as one condition for each of its values. No event meets two of them.</summary>
/// <param name="Parameter">Whose conditions these are; empty: everything in the order of the log.</param>
/// <param name="Conditions">None: nothing can match.</param>
internal sealed record EventLead(string Parameter, IReadOnlyList<string> Conditions)
{
    private const int MaxBranches = 64;

    /// <summary>Whether it finds so few events that more may be looked for in each.</summary>
    public bool IsSelective { get; private init; }

    /// <summary>Whether it finds a handful, which need no order of an index.</summary>
    public bool IsOfFew { get; private init; }

    /// <summary>The most selective of those that were given.</summary>
    public static EventLead Of(ResolvedFilter resolved, EventConditions sql)
    {
        var filter = resolved.Filter;
        if (filter["decision_id"] is { Count: > 0 } ids)
            return Few("decision_id", [$"id = any({sql.Value(ids.Select(id => Guid.Parse(id, CultureInfo.InvariantCulture)).ToArray())})"]);
        if (filter["jti"] is { Count: > 0 } jtis) return Few("jti", [$"jti = any({sql.Value(jtis.ToArray())})"]);
        if (filter["subject"].Count > 0) return Selective("subject", resolved.Subjects.Select(key => $"subject_key = {sql.Value(key)}"));
        if (filter.BreakGlass) return Selective("breakglass", ["breakglass"]);
        if (filter["reason"] is { Count: > 0 } reasons) return Selective("reason", reasons.Select(reason => $"reason = {sql.Value(reason)} and outcome <> 'ok'"));
        var ofTypes = filter["type"].Count > 0 && resolved.Types.Count <= MaxBranches && !resolved.Types.Contains(EventTypes.Issued);
        if (ofTypes && !resolved.Types.Any(EventTypes.Common.Contains)) return Selective("type", resolved.Types.Select(type => $"type = {sql.Value(type)} and {EventTypes.Rare}"));
        if (filter["resource"].Count > 0) return Selective("resource", OfResources(resolved.Resources, sql));
        if (filter["client"] is { Count: > 0 } clients) return Selective("client", clients.Select(client => $"client = {sql.Value(client)}"));
        if (filter["outcome"] is { Count: > 0 } outcomes && !outcomes.Contains("ok")) return new("outcome", [.. outcomes.Select(outcome => $"outcome = {sql.Value(outcome)} and outcome <> 'ok'")]);
        if (ofTypes) return new("type", [.. resolved.Types.Select(type => $"type = {sql.Value(type)} and {(EventTypes.Common.Contains(type) ? EventTypes.Frequent : EventTypes.Rare)}")]);
        return filter["kid"] is { Count: > 0 } kids ? new("kid", [.. OfKeys(kids, resolved.Keys, sql)]) : new("", ["true"]);
    }

    private static EventLead Few(string parameter, IEnumerable<string> conditions) => new(parameter, [.. conditions]) { IsSelective = true, IsOfFew = true };

    private static EventLead Selective(string parameter, IEnumerable<string> conditions) => new(parameter, [.. conditions]) { IsSelective = true };

    // Indexes have the first and the second resource of an event; the very few that have more are looked through.
    private static IEnumerable<string> OfResources(IReadOnlyList<string> resources, EventConditions sql)
    {
        var all = sql.Value(resources.ToArray());
        return
        [
            .. resources.Select(resource => $"resource[1] = {sql.Value(resource)} and resource <> '{{}}'"),
            .. resources.Select(resource => $"resource[2] = {sql.Value(resource)} and cardinality(resource) > 1 and resource[1] <> all({all})"),
            $"cardinality(resource) > 2 and resource && {all} and resource[1] <> all({all}) and resource[2] <> all({all})",
        ];
    }

    // A key signs nearly all while it is active, and nothing at other times; what else names it is in an index.
    private static IEnumerable<string> OfKeys(IReadOnlyList<string> kids, IReadOnlyList<KeyWindow> windows, EventConditions sql) =>
        kids.Select(kid => $"kid = {sql.Value(kid)} and kid is not null and type <> 'idjag.issued'")
            .Concat(windows.Select(window =>
                $"kid = {sql.Value(window.Kid)} and type = 'idjag.issued' and recorded_at >= {sql.Value(window.From)} and recorded_at < {sql.Value(window.To)}"));
}
