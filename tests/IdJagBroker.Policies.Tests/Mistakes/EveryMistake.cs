using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Tests.Policies.Mistakes;

/// <summary>Every small mistake that can be made in a file, one at a time: a value of another kind, an empty one, an odd one; a field left out, mistyped, or one too many; an entry twice.</summary>
internal static class EveryMistake
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What was changed, and the file with it, in JSON, which is YAML too.</summary>
    public static IEnumerable<(string Change, string Text)> In(string yaml)
    {
        var root = ToJson(YamlReader.Read(new PolicySource("x", "x", yaml), new PolicyDiagnostics())[0])!;
        foreach (var (path, parent, key) in Places(root, "").ToList())
            foreach (var (change, apply) in Changes(parent, key))
            {
                // Each on a copy, at the same place.
                var copy = root.DeepClone();
                apply(Find(copy, parent), key);
                yield return ($"{path} {change}", copy.ToJsonString(Indented) + "\n");
            }
    }

    private static IEnumerable<(string Path, JsonNode Parent, string Key)> Places(JsonNode node, string path)
    {
        foreach (var (key, value) in Members(node))
        {
            var at = node is JsonArray ? $"{path}[{key}]" : path.Length is 0 ? key : $"{path}.{key}";
            yield return (at, node, key);
            if (value is not null)
                foreach (var inner in Places(value, at)) yield return inner;
        }
    }

    private static IEnumerable<(string Change, Action<JsonNode, string> Apply)> Changes(JsonNode parent, string key)
    {
        var value = Get(parent, key)!;
        var texts = value switch
        {
            JsonObject => ["\"zz\"", "[]", "{}"],
            JsonArray => ["\"zz\"", "{}", "[]", "[\"zz\"]", "[[\"zz\"]]", "[\"a b\"]"],
            _ => (string[])["[\"zz\"]", "{\"zz\": \"zz\"}", "\"\"", "\"zz\"", "7", "null", "\"Ä*|/\""],
        };
        foreach (var text in texts) yield return ("= " + text, (node, name) => Set(node, name, JsonNode.Parse(text)));
        if (value is JsonArray { Count: > 0 }) yield return ("with its last once more", (node, name) => ((JsonArray)Get(node, name)!).Add(((JsonArray)Get(node, name)!)[^1]!.DeepClone()));
        if (value is JsonObject) yield return ("with a field zz", (node, name) => ((JsonObject)Get(node, name)!)["zz"] = 1);
        if (parent is not JsonObject) yield break;
        yield return ("left out", (node, name) => ((JsonObject)node).Remove(name));
        yield return ("mistyped", (node, name) =>
        {
            var members = ((JsonObject)node).Select(member => (member.Key, Value: member.Value?.DeepClone())).ToList();
            ((JsonObject)node).Clear();
            foreach (var (member, inner) in members) ((JsonObject)node)[member == name ? member + "s" : member] = inner;
        });
    }

    private static IEnumerable<(string Key, JsonNode? Value)> Members(JsonNode node) => node switch
    {
        JsonObject map => map.Select(member => (member.Key, member.Value)),
        JsonArray list => list.Select((item, i) => (i.ToString(CultureInfo.InvariantCulture), item)),
        _ => [],
    };

    private static JsonNode Find(JsonNode root, JsonNode original)
    {
        var keys = new Stack<string>();
        for (var node = original; node.Parent is { } parent; node = parent) keys.Push(Members(parent).First(member => ReferenceEquals(member.Value, node)).Key);
        foreach (var key in keys) root = Get(root, key)!;
        return root;
    }

    private static JsonNode? Get(JsonNode node, string key) => node is JsonArray list ? list[int.Parse(key, CultureInfo.InvariantCulture)] : node[key];

    private static void Set(JsonNode node, string key, JsonNode? value)
    {
        if (node is JsonArray list) list[int.Parse(key, CultureInfo.InvariantCulture)] = value;
        else node[key] = value;
    }

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMap map => new JsonObject(map.Entries.Select(entry => KeyValuePair.Create(entry.Key.Value, ToJson(entry.Value)))),
        YamlSequence list => new JsonArray([.. list.Items.Select(ToJson)]),
        YamlScalar { IsPlain: true, Value: "true" or "false" } flag => flag.Value is "true",
        YamlScalar { IsPlain: true } number when long.TryParse(number.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) => count,
        YamlScalar text => text.Value,
        _ => throw new InvalidOperationException(node.ToString()),
    };
}
