using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Revisions;

/// <summary>What is wrong with a policy, for programs and people: the place and the sentence, and never a line of the file, which may hold a secret.</summary>
internal sealed record PolicyProblem([property: JsonPropertyName("message")] string Message)
{
    private static readonly JsonSerializerOptions Shown = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    [JsonPropertyName("file")] public string? File { get; init; }

    /// <summary>From 1; absent where it is about a whole file.</summary>
    [JsonPropertyName("line")] public int? Line { get; init; }

    [JsonPropertyName("column")] public int? Column { get; init; }

    /// <summary><c>error</c> or <c>warning</c>.</summary>
    [JsonPropertyName("severity")] public string Severity { get; init; } = "error";

    /// <summary>As <c>idjag policy validate</c> prints it.</summary>
    [JsonPropertyName("code")] public string? Code { get; init; }

    public static PolicyProblem Of(PolicyDiagnostic diagnostic) => new(diagnostic.Message)
    {
        File = diagnostic.File,
        Line = diagnostic.Line is 0 ? null : diagnostic.Line,
        Column = diagnostic.Line is 0 ? null : diagnostic.Column,
        Severity = diagnostic.Severity is PolicySeverity.Error ? "error" : "warning",
        Code = diagnostic.Code.Text(),
    };

    /// <summary>As the API shows it.</summary>
    public JsonObject ToJson() => JsonSerializer.SerializeToNode(this, Shown)!.AsObject();

    /// <summary>For the log of events: where and what, in closed words, without what the file says there.</summary>
    public JsonObject ToEvent()
    {
        var data = new JsonObject();
        if (Code is not null) data["code"] = Code;
        if (File is not null) data["file"] = File;
        if (Line is { } line) (data["line"], data["column"]) = (line, Column);
        if (Code is null) data["message"] = Message;        // a sentence of ours, not about a file
        return data;
    }

    public override string ToString() => (File, Line) switch
    {
        (null, _) => Message,
        (_, null) => $"{File} {Severity} {Code}  {Message}",
        _ => string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}:{Column} {Severity} {Code}  {Message}"),
    };
}
