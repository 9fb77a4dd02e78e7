using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Commands;

/// <summary>Diagnostics for programs.</summary>
internal static class DiagnosticsJson
{
    /// <summary>How documents for programs are written: for files and terminals, never into a page.</summary>
    public static JsonSerializerOptions Indented { get; } = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="valid">As the exit status says.</param>
    /// <param name="revision">Null if nothing loads.</param>
    /// <param name="diagnostics">What was found.</param>
    public static string Of(bool valid, string? revision, IEnumerable<PolicyDiagnostic> diagnostics) => new JsonObject
    {
        ["valid"] = valid,
        ["revision"] = revision,
        ["diagnostics"] = new JsonArray([.. diagnostics.Select(found => new JsonObject
        {
            ["severity"] = Severity(found), ["code"] = found.Code.Text(), ["file"] = found.File,
            ["line"] = found.Line, ["column"] = found.Column, ["length"] = found.Length, ["message"] = found.Message,
        })]),
    }.ToJsonString(Indented) + "\n";

    /// <summary>In a word, which is also SARIF's.</summary>
    public static string Severity(PolicyDiagnostic found) => found.Severity is PolicySeverity.Error ? "error" : "warning";
}
