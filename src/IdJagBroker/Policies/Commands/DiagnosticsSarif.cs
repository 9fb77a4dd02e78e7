using System.Text.Json.Nodes;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Commands;

/// <summary>Diagnostics as SARIF 2.1.0, which code hosts show beside the lines.</summary>
/// <param name="directory">The directory as it was given: addresses begin with it, relative to where the command ran, which in a build is the root of the repository.</param>
/// <param name="label">What files are called by in diagnostics.</param>
internal sealed class DiagnosticsSarif(string directory, string label)
{
    private const string SchemaUri = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

    public string Of(IReadOnlyList<PolicyDiagnostic> diagnostics)
    {
        List<PolicyDiagnosticCode> codes = [.. diagnostics.Select(found => found.Code).Distinct().OrderBy(code => code.Text(), StringComparer.Ordinal)];
        return new JsonObject
        {
            ["$schema"] = SchemaUri,
            ["version"] = "2.1.0",
            ["runs"] = new JsonArray(new JsonObject
            {
                ["tool"] = new JsonObject { ["driver"] = new JsonObject { ["name"] = "idjag policy validate", ["rules"] = new JsonArray([.. codes.Select(Rule)]) } },
                ["columnKind"] = "utf16CodeUnits",
                ["results"] = new JsonArray([.. diagnostics.Select(found => Result(found, codes.IndexOf(found.Code)))]),
            }),
        }.ToJsonString(DiagnosticsJson.Indented) + "\n";
    }

    private static JsonObject Rule(PolicyDiagnosticCode code) => new()
    {
        ["id"] = code.Text(),
        ["shortDescription"] = new JsonObject { ["text"] = DiagnosticReference.Meaning(code) },
        ["helpUri"] = DiagnosticReference.Address,
        ["help"] = new JsonObject { ["text"] = $"{DiagnosticReference.Meaning(code)} ({DiagnosticReference.Page})" },
    };

    private JsonObject Result(PolicyDiagnostic found, int rule)
    {
        var place = new JsonObject { ["artifactLocation"] = new JsonObject { ["uri"] = Address(found.File) } };
        if (found.Line > 0)
            place["region"] = new JsonObject { ["startLine"] = found.Line, ["startColumn"] = found.Column, ["endColumn"] = found.Column + Math.Max(found.Length, 1) };
        return new JsonObject
        {
            ["ruleId"] = found.Code.Text(),
            ["ruleIndex"] = rule,
            ["level"] = DiagnosticsJson.Severity(found),
            ["message"] = new JsonObject { ["text"] = found.Message },
            ["locations"] = new JsonArray(new JsonObject { ["physicalLocation"] = place }),
        };
    }

    private string Address(string file)
    {
        var rest = file.StartsWith(label, StringComparison.Ordinal) ? file[label.Length..] : "/" + file;
        return string.Join('/', (directory.Replace(Path.DirectorySeparatorChar, '/').TrimEnd('/') + rest).Split('/').Where((part, i) => part is not "." || i > 0).Select(Uri.EscapeDataString));
    }
}
