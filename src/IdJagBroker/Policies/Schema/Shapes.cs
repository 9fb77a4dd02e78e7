using System.Collections.Immutable;
using System.Text.Json.Nodes;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Schema;

/// <summary>A field of an object.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Shape">The schema of its value.</param>
/// <param name="IsRequired">Whether it must be written.</param>
internal sealed record Field(string Name, JsonObject Shape, bool IsRequired = false)
{
    /// <summary>The same, and it must be written.</summary>
    public Field Must => this with { IsRequired = true };
}

/// <summary>The shapes of values, as JSON Schema 2020-12. Each call makes a new one: a node has one place in a document.</summary>
internal static class Shapes
{
    /// <summary>Seconds, minutes or hours.</summary>
    private const string DurationForm = "^[0-9]{1,5}[smh]$";

    /// <summary>Text as <see cref="YamlValues.Text"/> takes it, and of a form if there is one.</summary>
    public static JsonObject Text(string about, string? form = null)
    {
        var shape = Bounded("string", about);
        if (form is not null) shape["pattern"] = form;
        return shape;
    }

    public static JsonObject Alias(string about) => Text(about, $"^{YamlValues.AliasForm}$");

    public static JsonObject Duration(string about, TimeSpan min, TimeSpan max) =>
        new() { ["description"] = $"{about} {YamlValues.Format(min)} to {YamlValues.Format(max)}.", ["type"] = "string", ["pattern"] = DurationForm };

    public static JsonObject Instant(string about) => Text(about, "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$");

    public static JsonObject Flag(string about) => new() { ["description"] = about, ["type"] = "boolean" };

    /// <summary>A flag that is left out rather than false.</summary>
    public static JsonObject OnlyTrue(string about) => new() { ["description"] = about, ["const"] = true };

    public static JsonObject Word(string about, IEnumerable<string> words) => new() { ["description"] = about, ["type"] = "string", ["enum"] = Array(words) };

    public static JsonObject Word<T>(string about, ImmutableArray<(string Word, T Value)> words) => Word(about, words.Select(word => word.Word));

    /// <summary>A list that is not empty and has nothing twice.</summary>
    public static JsonObject List(string about, JsonObject item, int max = YamlValues.MaxListItems) =>
        new() { ["description"] = about, ["type"] = "array", ["minItems"] = 1, ["maxItems"] = max, ["uniqueItems"] = true, ["items"] = item };

    public static JsonObject Texts(string about, string? form = null, int max = YamlValues.MaxListItems) => List(about, Text("", form), max);

    /// <summary>One text, or a list of them.</summary>
    public static JsonObject TextOrTexts(string about, int max = YamlValues.MaxListItems)
    {
        var shape = List(about, Text(""), max);
        shape["type"] = Array(["string", "array"]);
        (shape["minLength"], shape["maxLength"]) = (1, YamlValues.MaxTextChars);
        return shape;
    }

    /// <summary>A mapping with these fields and no others.</summary>
    public static JsonObject Object(string about, params ReadOnlySpan<Field> fields)
    {
        var (properties, required) = (new JsonObject(), new JsonArray());
        foreach (var field in fields)
        {
            properties[field.Name] = field.Shape;
            if (field.IsRequired) required.Add(field.Name);
        }
        var shape = new JsonObject { ["description"] = about, ["type"] = "object", ["properties"] = properties, ["additionalProperties"] = false };
        if (required.Count > 0) shape["required"] = required;
        return shape;
    }

    /// <summary>A mapping from names to values alike.</summary>
    /// <param name="names">The form of the names; null: any.</param>
    public static JsonObject Map(string about, JsonObject value, string? names = "^" + YamlValues.AliasForm + "$")
    {
        var shape = new JsonObject { ["description"] = about, ["type"] = "object", ["additionalProperties"] = value };
        if (names is not null) shape["propertyNames"] = new JsonObject { ["pattern"] = names };
        return shape;
    }

    /// <summary>The same, and it must not be empty.</summary>
    public static JsonObject NotEmpty(this JsonObject shape)
    {
        shape["minProperties"] = 1;
        return shape;
    }

    /// <summary>The same, with one more thing that must hold.</summary>
    public static JsonObject And(this JsonObject shape, JsonObject condition)
    {
        if (shape["allOf"] is not JsonArray all) shape["allOf"] = all = [];
        all.Add(condition);
        return shape;
    }

    /// <summary>One of these must be written.</summary>
    public static JsonObject OneOf(params IEnumerable<string> names) => new() { ["anyOf"] = new JsonArray([.. names.Select(name => new JsonObject { ["required"] = Array([name]) })]) };

    /// <summary>Where a field has a value, or if none is given is written, others must not be.</summary>
    public static JsonObject Excludes(string field, string? value, params IEnumerable<string> others) => If(Has(field, value), Without(others));

    /// <summary>Where a field does not have a value, others must not be written.</summary>
    public static JsonObject Only(string field, string value, params IEnumerable<string> others) => If(Not(Has(field, value)), Without(others));

    /// <summary>Where a field has a value, others must be written.</summary>
    public static JsonObject Needs(string field, string value, params IEnumerable<string> others) => If(Has(field, value), new JsonObject { ["required"] = Array(others) });

    public static JsonObject Not(JsonObject condition) => new() { ["not"] = condition };

    /// <summary>What must hold of a field's value, if it is written.</summary>
    public static JsonObject In(string field, JsonObject condition) => new() { ["properties"] = new JsonObject { [field] = condition } };

    /// <summary>These must not be written.</summary>
    public static JsonObject Without(params IEnumerable<string> names) =>
        new() { ["properties"] = new JsonObject(names.Select(name => KeyValuePair.Create<string, JsonNode?>(name, JsonValue.Create(false)))) };

    public static JsonObject If(JsonObject condition, JsonObject then) => new() { ["if"] = condition, ["then"] = then };

    public static JsonObject Has(string field, string? value = null)
    {
        var condition = new JsonObject { ["required"] = Array([field]) };
        if (value is not null) condition["properties"] = new JsonObject { [field] = new JsonObject { ["const"] = value } };
        return condition;
    }

    public static JsonArray Array(IEnumerable<string> words) => [.. words.Select(word => JsonValue.Create(word))];

    private static JsonObject Bounded(string type, string about)
    {
        var shape = new JsonObject();
        if (about.Length > 0) shape["description"] = about;
        (shape["type"], shape["minLength"], shape["maxLength"]) = (type, 1, YamlValues.MaxTextChars);
        return shape;
    }
}
