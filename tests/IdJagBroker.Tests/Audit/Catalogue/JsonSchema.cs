using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace IdJagBroker.Tests.Audit.Catalogue;

/// <summary>
/// The part of JSON Schema 2020-12 that the event catalogue uses. A word that is not of that part stops the reading: what nobody checks must
/// not look as if somebody did.
/// </summary>
internal sealed class JsonSchema
{
    private static readonly string[] Words =
    [
        "$schema", "$id", "title", "description", "type", "const", "enum", "oneOf", "properties", "required", "additionalProperties", "items", "minItems", "pattern",
        "maxLength", "minimum", "maximum",
    ];

    private static readonly string[] Types = ["object", "array", "string", "integer", "boolean", "null"];

    private readonly JsonObject _words;
    private readonly string[] _types;
    private readonly Dictionary<string, JsonSchema> _properties;
    private readonly JsonSchema? _items;
    private readonly JsonSchema[] _oneOf;
    private readonly Regex? _pattern;

    private JsonSchema(JsonObject words)
    {
        _words = words;
        foreach (var (word, _) in words)
            if (!Words.Contains(word)) throw new FormatException($"'{word}' is no word that is checked.");
        _types = words["type"] switch { null => [], JsonArray several => [.. several.Select(type => (string)type!)], var one => [(string)one!] };
        if (_types.Except(Types).FirstOrDefault() is { } unknown) throw new FormatException($"There is no type '{unknown}'.");
        if (_types.Length is 0 && !words.ContainsKey("const")) throw new FormatException("A schema says its type.");
        _properties = words["properties"] is JsonObject properties ? properties.ToDictionary(member => member.Key, member => new JsonSchema(member.Value!.AsObject())) : [];
        // Of two kinds: an object whose members are all listed, or one whose members another schema has.
        if (words.ContainsKey("properties") && !(words["additionalProperties"] is JsonValue closed && !(bool)closed)) throw new FormatException("An object with properties has no others.");
        foreach (var name in Required.Where(name => !_properties.ContainsKey(name))) throw new FormatException($"'{name}' is required and not described.");
        _items = words["items"] is JsonObject items ? new JsonSchema(items) : null;
        _oneOf = words["oneOf"] is JsonArray oneOf ? [.. oneOf.Select(schema => new JsonSchema(schema!.AsObject()))] : [];
        _pattern = (string?)words["pattern"] is { } pattern ? new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.ECMAScript) : null;
    }

    private IEnumerable<string> Required => _words["required"] is JsonArray names ? names.Select(name => (string)name!) : [];

    /// <exception cref="FormatException">It uses what is not checked, or contradicts itself.</exception>
    public static JsonSchema Parse(string json) => new(JsonNode.Parse(json)!.AsObject());

    /// <summary>What is wrong with a value, each with its place; nothing if it is valid.</summary>
    public IEnumerable<string> Faults(JsonNode? value, string at = "")
    {
        var type = TypeOf(value);
        if (_types.Length > 0 && !_types.Contains(type)) return [$"{at}: is {type}, not {string.Join(" or ", _types)}"];
        var faults = new List<string>();
        if (_words["const"] is { } constant && !JsonNode.DeepEquals(constant, value)) faults.Add($"{at}: is not {constant.ToJsonString()}");
        if (_words["enum"] is JsonArray words && type is "string" && !words.Any(word => JsonNode.DeepEquals(word, value))) faults.Add($"{at}: '{value}' is none of {words.ToJsonString()}");
        if (_oneOf.Length > 0)
        {
            var tried = _oneOf.Select(schema => schema.Faults(value, at).ToList()).ToList();
            if (tried.Count(found => found.Count is 0) is not 1) faults.AddRange(tried.SelectMany(found => found).Prepend($"{at}: is not exactly one of the forms"));
        }
        switch (value)
        {
            case JsonObject members: faults.AddRange(MemberFaults(members, at)); break;
            case JsonArray items: faults.AddRange(ItemFaults(items, at)); break;
            case JsonValue when type is "string": faults.AddRange(TextFaults((string)value!, at)); break;
            case JsonValue when type is "integer": faults.AddRange(NumberFaults((long)value!, at)); break;
        }
        return faults;
    }

    private IEnumerable<string> MemberFaults(JsonObject members, string at)
    {
        foreach (var name in Required.Where(name => !members.ContainsKey(name))) yield return $"{at}: {name} is missing";
        foreach (var (name, value) in members)
        {
            if (_properties.TryGetValue(name, out var schema))
                foreach (var fault in schema.Faults(value, $"{at}/{name}")) yield return fault;
            else if (_words.ContainsKey("properties")) yield return $"{at}: {name} is not in the catalogue";
        }
    }

    private IEnumerable<string> ItemFaults(JsonArray items, string at)
    {
        if ((int?)_words["minItems"] is { } least && items.Count < least) yield return $"{at}: has fewer than {least} items";
        for (var i = 0; i < items.Count && _items is not null; i++)
            foreach (var fault in _items.Faults(items[i], $"{at}/{i}")) yield return fault;
    }

    private IEnumerable<string> TextFaults(string text, string at)
    {
        if ((int?)_words["maxLength"] is { } most && text.EnumerateRunes().Count() > most) yield return $"{at}: is longer than {most}";
        if (_pattern?.IsMatch(text) is false) yield return $"{at}: '{text}' does not match {_pattern}";
    }

    private IEnumerable<string> NumberFaults(long number, string at)
    {
        if ((long?)_words["minimum"] is { } least && number < least) yield return $"{at}: is less than {least}";
        if ((long?)_words["maximum"] is { } most && number > most) yield return $"{at}: is more than {most}";
    }

    private static string TypeOf(JsonNode? value) => value switch
    {
        null => "null",
        JsonObject => "object",
        JsonArray => "array",
        JsonValue single when single.TryGetValue(out string? _) => "string",
        JsonValue single when single.TryGetValue(out bool _) => "boolean",
        JsonValue single when single.TryGetValue(out long _) => "integer",
        _ => "another number",
    };
}
