using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using IdJagBroker.Policies.Schema;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Tests.Policies.Schema;

/// <summary>A file as an editor sees it: YAML 1.2 core schema, each document by the JSON Schema.</summary>
internal static partial class SchemaCheck
{
    private static readonly JsonSchema2020 Schema = JsonSchema2020.Parse(PolicySchema.Text);

    /// <summary>What the schema finds wrong with a file that is YAML.</summary>
    public static List<string> Faults(string text) => [.. YamlReader.Read(new PolicySource("x.yaml", "x.yaml", text), new PolicyDiagnostics()).SelectMany(document => Schema.Faults(Json(document)))];

    private static JsonNode? Json(YamlNode node) => node switch
    {
        YamlMap map => new JsonObject(map.Entries.Select(entry => KeyValuePair.Create(entry.Key.Value, Json(entry.Value)))),
        YamlSequence list => new JsonArray([.. list.Items.Select(Json)]),
        YamlScalar { IsPlain: true, Value: "" or "~" or "null" or "Null" or "NULL" } => null,
        YamlScalar { IsPlain: true, Value: "true" or "True" or "TRUE" } => true,
        YamlScalar { IsPlain: true, Value: "false" or "False" or "FALSE" } => false,
        YamlScalar { IsPlain: true } number when Integer().IsMatch(number.Value) => long.TryParse(number.Value, CultureInfo.InvariantCulture, out var whole) ? JsonValue.Create(whole) : JsonValue.Create(1e30),
        YamlScalar { IsPlain: true } number when AnyNumber().IsMatch(number.Value) => 0.5,
        YamlScalar scalar => scalar.Value,
        _ => "refused",
    };

    [GeneratedRegex(@"\A[-+]?[0-9]+\z")]
    private static partial Regex Integer();

    [GeneratedRegex(@"\A(0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\z")]
    private static partial Regex AnyNumber();
}
