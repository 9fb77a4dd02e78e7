using System.CommandLine;
using System.Text.Json;
using IdJagBroker.Policies.Analysis;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Commands;

/// <summary><c>idjag policy who-can RESOURCE [SCOPE]</c>: everybody who gets it, by which client, by which rule, and under which circumstances.</summary>
internal static class WhoCanCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var resource = new Argument<string>("resource") { Description = "The resource's alias." };
        var scope = new Argument<string?>("scope") { Description = "One of its scopes; otherwise each.", Arity = ArgumentArity.ZeroOrOne };
        var (directory, loopback) = (LocalPolicy.Directory(), LocalPolicy.Loopback());
        var output = new Option<string>("--output") { Description = "table, csv or markdown, or json for programs.", DefaultValueFactory = _ => "table" }
            .AcceptOnlyFromAmong("table", "csv", "markdown", "json");
        var command = new Command("who-can", "Tells who gets a scope, and how.") { resource, scope, directory, loopback, output };
        command.SetAction(parsed =>
        {
            if (LocalPolicy.Load(parsed, parsed.GetValue(directory)!, parsed.GetValue(loopback)) is not { } snapshot) return LocalPolicy.Invalid;
            if (Fault(snapshot, parsed.GetValue(resource)!, parsed.GetValue(scope)) is { } fault)
            {
                parsed.InvocationConfiguration.Error.WriteLine(fault);
                return 1;
            }
            var ways = Ways(AccessMatrix.Of(snapshot), parsed.GetValue(resource)!, parsed.GetValue(scope));
            parsed.InvocationConfiguration.Output.Write(parsed.GetValue(output) is "json"
                ? JsonSerializer.Serialize(ways.Select(way => new { scope = way.Scope, client = way.Client, way = MatrixCommand.Way(way.Way) }), Indented) + "\n"
                : TextTable.Of(parsed.GetValue(output)!, ["scope", "client", "who", "by", "for", "when"], ways.Select(Row)));
            return 0;
        });
        return command;
    }

    private static string? Fault(PolicySnapshot snapshot, string resource, string? scope)
    {
        if (!snapshot.Catalog.Resources.TryGetValue(resource, out var known))
            return $"{PolicyDiagnostics.Quote(resource)} is not a resource of the catalogue{Hint(resource, snapshot.Catalog.Resources.Keys)}";
        return scope is null || known.Scopes.Contains(scope) ? null : $"{PolicyDiagnostics.Quote(scope)} is not a scope of {resource}{Hint(scope, known.Scopes.Scopes)}";
    }

    private static string Hint(string word, IEnumerable<string> known) => Spelling.Nearest(word, known) is { } nearest ? $" (did you mean '{nearest}'?)" : "";

    private static List<(string Scope, string Client, AccessWay Way)> Ways(AccessMatrix matrix, string resource, string? scope) =>
    [
        .. matrix.Cells.Where(cell => cell.Resource == resource)
            .SelectMany(cell => cell.Scopes.Where(one => scope is null || one.Scope == scope).SelectMany(one => one.Ways.Select(way => (one.Scope, cell.Client, way))))
            .OrderBy(way => way.Scope, StringComparer.Ordinal).ThenBy(way => way.Client, StringComparer.Ordinal),
    ];

    private static IReadOnlyList<string> Row((string Scope, string Client, AccessWay Way) one) =>
    [
        one.Scope, one.Client, one.Way.People, one.Way.Rule, YamlValues.Format(one.Way.Lifetime),
        string.Join("; ", new[] { one.Way.Terms, one.Way.Exceptions.IsEmpty ? "" : "unless denied by " + string.Join(", ", one.Way.Exceptions) }.Where(text => text.Length > 0)),
    ];
}
