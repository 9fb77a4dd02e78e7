using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Policies.Schema;

namespace IdJagBroker.Benchmarks.Policies;

/// <summary>Writes documents with the fields of the JSON Schema, with values that fit and values that do not.</summary>
internal sealed class PolicyDocumentMaker(Random random)
{
    /// <summary>Words of the shipped catalogue, so that references hold at times, and values at the edge of what fits.</summary>
    public static readonly string[] Words =
    [
        "okta", "engineering", "sre", "contractors", "claude", "vscode", "acme-agent", "github", "github-mcp", "datadog-mcp", "repo:read", "repo:write", "metrics:read", "prod", "sensitive", "allow", "deny", "shadow",
        "true", "false", "True", "yes", "null", "~", "0", "-1", "007", "0x1f", "1e999", ".inf", ".nan", "99999999999999999999", "5m", "0s", "99999h", "30s", "601s", "5 m", "12h",
        "2026-12-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z", "24:00", "07:00", "20:00",
        "10.0.0.0/8", "10.0.0.1/8", "::/0", "0.0.0.0/33", "::1/129", "1.2.3.4", "Europe/Berlin", "UTC", "/etc/passwd", "../UTC", "Etc/../UTC",
        "\"okta|00u-ana\"", "\"|\"", "\"okta|\"", "\"*\"", "\"*:write\"", "\"re*ad\"", "\"**\"", "\"https://a.example\"", "\"https://a.example/{tenantid}\"", "\"http://127.0.0.1:1\"", "\"https://[::1\"", "\"https://a.example:99999/\"",
        "\"https://x/%zz\"", "\"https://" + new string('a', 300) + "\"", new string('x', 512), new string('x', 513), "\"\\u0000\"", "''", "\"\"", "{}", "[]", "[[]]", "{a: b}", "10/1m", "0/0s", "hmac-sha256:AAAA",
        "11111111-2222-3333-4444-555555555555", "claim:employee_id", "\"claim:\"", "private_key_jwt", "client_secret", "none", "metadata_document", "database", "entra", "google", "*a", "&a x", "!!int 1",
    ];

    private static readonly JsonObject Schema = JsonNode.Parse(PolicySchema.Utf8)!.AsObject();

    public (string Text, string Kind) Next()
    {
        var kind = random.Next(5) switch { 0 => "Catalog", 1 => "Tests", _ => "Policy" };
        var text = new StringBuilder();
        if (random.Next(2) is 0) text.Append("# generated\n");
        Block(text, Make(Schema["$defs"]![kind]!.AsObject(), 0), 0);
        return (text.ToString(), kind);
    }

    private JsonNode? Make(JsonObject shape, int depth)
    {
        if ((string?)shape["$ref"] is { } reference) return Make(Schema["$defs"]![reference["#/$defs/".Length..]]!.AsObject(), depth);
        if (shape["else"] is JsonObject other) return Make(random.Next(2) is 0 ? other : shape["then"]!.AsObject(), depth);
        if (random.Next(60) is 0) return Word();
        if (shape["const"] is { } constant) return constant.DeepClone();
        if (shape["enum"] is JsonArray words) return words[random.Next(words.Count)]!.DeepClone();
        var types = shape["type"] is JsonArray several ? several.Select(type => (string)type!).ToArray() : [(string?)shape["type"] ?? "string"];
        return types[random.Next(types.Length)] switch
        {
            "object" => Object(shape, depth),
            "array" => new JsonArray([.. Enumerable.Range(0, random.Next(1, depth > 3 ? 3 : 6)).Select(_ => Make(shape["items"]!.AsObject(), depth + 1))]),
            "boolean" => random.Next(2) is 0,
            "integer" => random.Next(-1, 4000),
            _ => Word(),
        };
    }

    private JsonObject Object(JsonObject shape, int depth)
    {
        var made = new JsonObject();
        var required = shape["required"]?.AsArray().Select(name => (string)name!).ToHashSet() ?? [];
        foreach (var (name, field) in shape["properties"]?.AsObject() ?? [])
            if (field is JsonObject value && random.Next(100) < (required.Contains(name) ? 98 : depth is 0 ? 90 : 30)) made[name] = Make(value, depth + 1);
        if (shape["additionalProperties"] is JsonObject any)
            for (var i = random.Next(1, 4); i > 0; i--) made[Words[random.Next(18)]] = Make(any, depth + 1);
        return made;
    }

    private JsonValue Word() => JsonValue.Create(Words[random.Next(Words.Length)]);

    private void Block(StringBuilder text, JsonNode? node, int indent)
    {
        if (node is not JsonObject map)
        {
            text.Append(Flow(node)).Append('\n');
            return;
        }
        foreach (var (name, value) in map)
        {
            text.Append(' ', indent).Append(name).Append(':');
            if (value is JsonObject { Count: > 0 } inner && random.Next(3) > 0) Block(text.Append(random.Next(20) is 0 ? "  # note\n" : "\n"), inner, indent + 2);
            else if (value is JsonArray { Count: > 0 } list && list.All(item => item is JsonObject { Count: > 0 }) && random.Next(3) > 0) List(text.Append('\n'), list, indent + random.Next(2) * 2);
            else text.Append(' ').Append(Flow(value)).Append('\n');
        }
    }

    private void List(StringBuilder text, JsonArray items, int indent)
    {
        foreach (var item in items)
        {
            var block = new StringBuilder();
            Block(block, item, indent + 2);
            text.Append(' ', indent).Append("- ").Append(block.ToString().TrimStart(' '));
            if (random.Next(20) is 0) text.Append(' ', indent).Append("# between\n");
        }
    }

    // Texts are written as they are: some are no text to YAML.
    private string Flow(JsonNode? node) => node switch
    {
        JsonObject map => "{" + string.Join(random.Next(30) is 0 ? ",\n      " : ", ", map.Select(entry => $"{entry.Key}: {Flow(entry.Value)}")) + "}",
        JsonArray list => "[" + string.Join(", ", list.Select(Flow)) + "]",
        JsonValue value when value.GetValueKind() is JsonValueKind.String => (string)value!,
        null => "",
        _ => node.ToJsonString(),
    };
}
