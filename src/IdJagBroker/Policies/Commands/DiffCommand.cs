using System.CommandLine;
using System.Text;
using System.Text.Json;
using IdJagBroker.Policies.Analysis;

namespace IdJagBroker.Policies.Commands;

/// <summary><c>idjag policy diff OLD NEW</c>: what two directories give differently. Status 5 if there is more of it than <c>--max</c>.</summary>
internal static class DiffCommand
{
    /// <summary>Status of more changes than are allowed.</summary>
    public const int OverThreshold = 5;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var before = new Argument<string>("old") { Description = "The directory as it was." };
        var after = new Argument<string>("new") { Description = "The directory as it will be." };
        var loopback = LocalPolicy.Loopback();
        var max = new Option<int?>("--max") { Description = "Ends with 5 if more than so many accesses are gained, lost or changed; such as 0." };
        var output = Output();
        var command = new Command("diff", "Says who gains and who loses what, exactly: over every client, resource, scope and set of groups.") { before, after, loopback, max, output };
        command.SetAction(parsed =>
        {
            if (LocalPolicy.Load(parsed, parsed.GetValue(before)!, parsed.GetValue(loopback)) is not { } old) return LocalPolicy.Invalid;
            if (LocalPolicy.Load(parsed, parsed.GetValue(after)!, parsed.GetValue(loopback)) is not { } fresh) return LocalPolicy.Invalid;
            var changes = PolicyDiff.Of(old, fresh);
            parsed.InvocationConfiguration.Output.Write(parsed.GetValue(output) is "json" ? Json(old, fresh, changes) : Text(old, fresh, changes));
            return changes.Count > (parsed.GetValue(max) ?? int.MaxValue) ? OverThreshold : 0;
        });
        return command;
    }

    public static Option<string> Output() =>
        new Option<string>("--output") { Description = "text, or json for programs.", DefaultValueFactory = _ => "text" }.AcceptOnlyFromAmong("text", "json");

    private static string Text(PolicySnapshot before, PolicySnapshot after, IReadOnlyList<AccessChange> changes)
    {
        var text = new StringBuilder($"revision {Short(before.Revision)} → {Short(after.Revision)}\n");
        foreach (var change in changes) text.Append(Line(change)).Append('\n');
        foreach (var kind in Enum.GetValues<AccessChangeKind>())
            if (changes.Count(change => change.Kind == kind) is > 0 and var count) text.Append($"  {Word(kind)}: {count}");
        return text.Append(changes.Count is 0 ? "  nothing changes for anybody\n" : "\n").ToString();
    }

    /// <summary>One change, as a line.</summary>
    public static string Line(AccessChange change)
    {
        var sign = change.Kind switch { AccessChangeKind.Gained => '+', AccessChangeKind.Lost => '-', AccessChangeKind.Changed => '~', _ => '?' };
        var who = string.Join(" | ", change.Who);
        var terms = change.Kind switch
        {
            AccessChangeKind.Gained => string.Join(" or ", change.After),
            AccessChangeKind.Lost => string.Join(" or ", change.Before),
            AccessChangeKind.Changed => $"{string.Join(" or ", change.Before)} → {string.Join(" or ", change.After)}",
            _ => "too many combinations of groups to say",
        };
        return $"{sign} {change.Client} × {change.Resource}  {change.Scope}  {Word(change.Kind)} by {who}  ({terms}; {(change.Rules.IsEmpty ? "the catalogue" : string.Join(", ", change.Rules))})";
    }

    private static string Word(AccessChangeKind kind) => kind.ToString().ToLowerInvariant();

    private static string Short(string revision) => revision["sha256:".Length..][..8];

    private static string Json(PolicySnapshot before, PolicySnapshot after, IReadOnlyList<AccessChange> changes) => JsonSerializer.Serialize(new
    {
        before = before.Revision, after = after.Revision,
        changes = changes.Select(change => new
        {
            kind = Word(change.Kind), client = change.Client, resource = change.Resource, scope = change.Scope, who = change.Who.Select(one => one.ToString()), before = change.Before, after = change.After, rules = change.Rules,
        }),
    }, Indented) + "\n";
}
