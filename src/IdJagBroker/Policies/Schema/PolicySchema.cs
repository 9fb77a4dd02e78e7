using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using static IdJagBroker.Policies.Schema.Shapes;

namespace IdJagBroker.Policies.Schema;

/// <summary>
/// The JSON Schema (2020-12) of the files, for editors: it completes and underlines while somebody types. It takes whatever the parser takes and
/// refuses what a form can show; names, references and bounds are the parser's alone.
/// </summary>
internal static class PolicySchema
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The document, with a line end at its end.</summary>
    public static string Text { get; } = Document().ToJsonString(Indented) + "\n";

    /// <summary>The same, UTF-8.</summary>
    public static byte[] Utf8 { get; } = Encoding.UTF8.GetBytes(Text);

    private static JsonObject Document()
    {
        var definitions = new JsonObject([
            new("Catalog", CatalogSchema.Document()), new("Policy", RuleSchema.Document()), new("Tests", TestsSchema.Document()), .. RuleSchema.Definitions(),
        ]);
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["title"] = $"Policies of IdJagBroker, {PolicyParser.ApiVersion}",
            ["type"] = "object",
            ["required"] = Array(["apiVersion", "kind"]),
            ["properties"] = new JsonObject { ["apiVersion"] = Version(), ["kind"] = Word("What the document holds.", PolicyParser.Kinds) },
        };
        foreach (var kind in PolicyParser.Kinds) schema.And(If(Has("kind", kind), Ref(kind)));
        schema["$defs"] = definitions;
        return schema;
    }

    /// <summary>What each document begins with.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="isOwned">Whether it must say who answers for it.</param>
    public static Field[] Head(string kind, bool isOwned) =>
    [
        new Field("apiVersion", Version()).Must,
        new Field("kind", new JsonObject { ["const"] = kind }).Must,
        new Field("metadata", Object(
            "What the document says of itself.",
            new Field("name", Shapes.Text("Its name.")).Must, new("owner", Shapes.Text("Who answers for it."), isOwned), new("change", Shapes.Text("The change that it came with.")))).Must,
    ];

    public static JsonObject Ref(string name) => new() { ["$ref"] = "#/$defs/" + name };

    private static JsonObject Version() => new() { ["description"] = "The version of this format.", ["const"] = PolicyParser.ApiVersion };
}
