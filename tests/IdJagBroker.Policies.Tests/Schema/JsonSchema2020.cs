using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace IdJagBroker.Tests.Policies.Schema;

/// <summary>
/// The part of JSON Schema 2020-12 that the schema of the policies uses. A word that is not of that part stops the reading: what nobody checks must not
/// look as if somebody did.
/// </summary>
internal sealed class JsonSchema2020
{
    private readonly JsonObject _root;
    private readonly ConcurrentDictionary<string, Regex> _patterns = new(StringComparer.Ordinal);

    private JsonSchema2020(JsonObject root) => _root = root;

    public static JsonSchema2020 Parse(string json) => new(JsonNode.Parse(json)!.AsObject());

    /// <summary>What is wrong with a value, each with its place; nothing if it is valid.</summary>
    public List<string> Faults(JsonNode? value)
    {
        var faults = new List<string>();
        Check(_root, value, "", faults);
        return faults;
    }

    private void Check(JsonNode? schema, JsonNode? value, string at, List<string> faults)
    {
        if (schema is JsonValue always)
        {
            if (!(bool)always) faults.Add($"{at}: must not be there");
            return;
        }
        foreach (var (word, argument) in schema!.AsObject()) CheckWord(schema.AsObject(), word, argument, value, at, faults);
    }

    private void CheckWord(JsonObject schema, string word, JsonNode? argument, JsonNode? value, string at, List<string> faults)
    {
        void Demand(bool holds, string what)
        {
            if (!holds) faults.Add($"{at}: {what}");
        }

        var (members, items, text) = (value as JsonObject, value as JsonArray, TypeOf(value) is "string" ? (string)value! : null);
        switch (word)
        {
            case "$schema" or "title" or "description" or "$defs" or "then" or "else": break;
            case "$ref": Check(Definition((string)argument!), value, at, faults); break;
            case "type": Demand(argument is JsonArray several ? several.Any(type => (string)type! == TypeOf(value)) : (string)argument! == TypeOf(value), $"is {TypeOf(value)}, not {argument!.ToJsonString()}"); break;
            case "const": Demand(JsonNode.DeepEquals(argument, value), $"is not {argument!.ToJsonString()}"); break;
            case "enum": Demand(argument!.AsArray().Any(one => JsonNode.DeepEquals(one, value)), $"'{value}' is none of {argument.ToJsonString()}"); break;
            case "pattern": Demand(text is null || Pattern((string)argument!).IsMatch(text), $"'{text}' does not match {argument}"); break;
            case "minLength": Demand(text is null || text.EnumerateRunes().Count() >= (int)argument!, "is too short"); break;
            case "maxLength": Demand(text is null || text.EnumerateRunes().Count() <= (int)argument!, "is too long"); break;
            case "minimum": Demand(TypeOf(value) is not "integer" || (long)value! >= (long)argument!, "is too small"); break;
            case "minItems": Demand(items is null || items.Count >= (int)argument!, "has too few items"); break;
            case "maxItems": Demand(items is null || items.Count <= (int)argument!, "has too many items"); break;
            case "uniqueItems": Demand(items is null || items.Select(item => item?.ToJsonString()).Distinct(StringComparer.Ordinal).Count() == items.Count, "has something twice"); break;
            case "minProperties": Demand(members is null || members.Count >= (int)argument!, "has too few fields"); break;
            case "maxProperties": Demand(members is null || members.Count <= (int)argument!, "has too many fields"); break;
            case "required": foreach (var name in argument!.AsArray()) Demand(members is null || members.ContainsKey((string)name!), $"{name} is missing"); break;
            case "items": for (var i = 0; i < items?.Count; i++) Check(argument, items[i], $"{at}/{i}", faults); break;
            case "contains": Demand(items is null || items.Any(item => Holds(argument, item)), "has nothing that it must have"); break;
            case "properties": foreach (var (name, shape) in argument!.AsObject()) if (members?.ContainsKey(name) is true) Check(shape, members[name], $"{at}/{name}", faults); break;
            case "additionalProperties":
                foreach (var (name, member) in members ?? [])
                    if (schema["properties"]?.AsObject().ContainsKey(name) is not true) Check(argument, member, $"{at}/{name}", faults);
                break;
            case "propertyNames": foreach (var (name, _) in members ?? []) Check(argument, JsonValue.Create(name), $"{at}/{name}", faults); break;
            case "not": Demand(!Holds(argument, value), "is what it must not be"); break;
            case "if": if (schema[Holds(argument, value) ? "then" : "else"] is { } branch) Check(branch, value, at, faults); break;
            case "allOf": foreach (var one in argument!.AsArray()) Check(one, value, at, faults); break;
            case "anyOf": Demand(argument!.AsArray().Any(one => Holds(one, value)), "is none of several"); break;
            default: throw new FormatException($"'{word}' is no word that is checked.");
        }
    }

    private bool Holds(JsonNode? schema, JsonNode? value)
    {
        var faults = new List<string>();
        Check(schema, value, "", faults);
        return faults.Count is 0;
    }

    private JsonNode Definition(string reference) => _root["$defs"]![reference["#/$defs/".Length..]]!;

    private Regex Pattern(string pattern) =>
        _patterns.GetOrAdd(pattern, static pattern => new Regex(pattern.EndsWith('$') ? pattern[..^1] + @"\z" : pattern, RegexOptions.CultureInvariant));      // tests run side by side

    private static string TypeOf(JsonNode? value) => value switch
    {
        null => "null",
        JsonObject => "object",
        JsonArray => "array",
        JsonValue single when single.TryGetValue(out string? _) => "string",
        JsonValue single when single.TryGetValue(out bool _) => "boolean",
        JsonValue single when single.TryGetValue(out long _) => "integer",
        _ => "number",
    };
}
