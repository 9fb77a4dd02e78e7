using System.CommandLine;
using System.Text.Json;
using IdJagBroker.Policies.Analysis;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Commands;

/// <summary><c>idjag policy matrix</c>: every client, every resource, and which scopes somebody gets there.</summary>
internal static class MatrixCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var (directory, loopback) = (LocalPolicy.Directory(), LocalPolicy.Loopback());
        var output = new Option<string>("--output") { Description = "table, csv or markdown, or json for programs.", DefaultValueFactory = _ => "table" }
            .AcceptOnlyFromAmong("table", "csv", "markdown", "json");
        var command = new Command("matrix", "Prints who gets what: clients by resources.") { directory, loopback, output };
        command.SetAction(parsed =>
        {
            if (LocalPolicy.Load(parsed, parsed.GetValue(directory)!, parsed.GetValue(loopback)) is not { } snapshot) return LocalPolicy.Invalid;
            var matrix = AccessMatrix.Of(snapshot);
            parsed.InvocationConfiguration.Output.Write(parsed.GetValue(output) is "json" ? Json(matrix) : Table(parsed.GetValue(output)!, matrix));
            return 0;
        });
        return command;
    }

    public static string Table(string format, AccessMatrix matrix) => TextTable.Of(format, ["", .. matrix.Resources], matrix.Clients.Select(client =>
        (IReadOnlyList<string>)[client, .. matrix.Resources.Select(resource => Cell(matrix.Cells.FirstOrDefault(cell => cell.Client == client && cell.Resource == resource)))]));

    // Scopes that only people get whom a rule names are told apart: they are exceptions, mostly for a time.
    private static string Cell(AccessCell? cell)
    {
        if (cell is null) return "-";
        var parts = cell.Scopes.Select(scope => scope.Ways.All(way => way.Example.Identity.Subject is not null)
            ? $"{scope.Scope} ({string.Join("; ", scope.Ways.Select(way => way.People))})" : scope.Scope);
        return string.Join(", ", parts.Order(StringComparer.Ordinal));
    }

    public static string Json(AccessMatrix matrix) => JsonSerializer.Serialize(
        matrix.Cells.Select(cell => new { client = cell.Client, resource = cell.Resource, scopes = cell.Scopes.Select(scope => new { scope = scope.Scope, ways = scope.Ways.Select(Way) }) }), Indented) + "\n";

    /// <summary>A way to a scope, for programs.</summary>
    public static object Way(AccessWay way) => new
    {
        rule = way.Rule, people = way.People, terms = way.Terms, lifetime = YamlValues.Format(way.Lifetime), example = way.Example.ToString(), unless_denied_by = way.Exceptions,
    };
}
