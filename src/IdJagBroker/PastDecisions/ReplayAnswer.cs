using System.Globalization;
using System.Text.Json.Nodes;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Analysis;

namespace IdJagBroker.PastDecisions;

/// <summary>What two revisions give differently, and whom that would have concerned; people are only counted.</summary>
internal static class ReplayAnswer
{
    public static JsonObject Of(PolicySnapshot before, PolicySnapshot after, int days, IReadOnlyList<AccessChange> changes, ReplayTally tally) => new()
    {
        ["before"] = before.Revision,
        ["after"] = after.Revision,
        ["days"] = days,
        ["replayed"] = new JsonObject
        {
            ["decisions"] = tally.Decisions, ["same"] = tally.Same, ["gained"] = tally.Count(ReplayOutcome.Gained), ["lost"] = tally.Count(ReplayOutcome.Lost),
            ["changed"] = tally.Count(ReplayOutcome.Changed), ["unknown"] = tally.Count(ReplayOutcome.Unknown),
        },
        ["accesses"] = new JsonArray([.. tally.Cells.Select(Cell)]),
        ["changes"] = new JsonArray([.. changes.Select(change => Change(before, after, change, tally))]),
    };

    private static JsonObject Cell(ReplayCell cell) => new()
    {
        ["outcome"] = cell.Outcome.ToString().ToLowerInvariant(),
        ["client"] = cell.Client,
        ["resource"] = cell.Resource,
        ["scopes"] = Texts(cell.Scopes),
        ["decisions"] = cell.Decisions,
        ["people"] = cell.People.Count,
        ["last"] = Time(cell.Last),
        ["because"] = Texts(cell.Because),
        ["examples"] = new JsonArray([.. cell.Examples.Select(id => (JsonNode)id.ToString("D"))]),
    };

    // How many people used what is lost or changed: what an administrator must know before anybody calls.
    private static JsonObject Change(PolicySnapshot before, PolicySnapshot after, AccessChange change, ReplayTally tally)
    {
        var json = new JsonObject
        {
            ["kind"] = change.Kind.ToString().ToLowerInvariant(), ["client"] = change.Client, ["resource"] = change.Resource, ["scope"] = change.Scope,
            ["who"] = Texts(change.Who.Select(who => who.ToString())), ["before"] = Texts(change.Before), ["after"] = Texts(change.After), ["rules"] = Texts(change.Rules),
        };
        var uri = (before.Catalog.Resources.GetValueOrDefault(change.Resource) ?? after.Catalog.Resources.GetValueOrDefault(change.Resource))?.Uri.Value;
        var used = tally.Cells.Where(cell => cell.Client == change.Client && cell.Scopes.Contains(change.Scope) && cell.Resource.Split(' ').Contains(uri)
            && cell.Outcome == (change.Kind is AccessChangeKind.Gained ? ReplayOutcome.Gained : change.Kind is AccessChangeKind.Lost ? ReplayOutcome.Lost : cell.Outcome)).ToList();
        if (used.Count is 0) return json;
        json["people"] = used.SelectMany(cell => cell.People).Distinct(StringComparer.Ordinal).Count();
        json["last"] = Time(used.Max(cell => cell.Last));
        return json;
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
