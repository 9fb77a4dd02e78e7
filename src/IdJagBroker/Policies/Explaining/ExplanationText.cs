using System.Text;
using System.Text.Json.Nodes;

namespace IdJagBroker.Policies.Explaining;

/// <summary>An explanation as a person at a terminal sees it; from the JSON, so that what comes over the wire reads the same.</summary>
internal static class ExplanationText
{
    public static string Of(JsonObject json)
    {
        var text = new StringBuilder();
        text.Append((string?)json["outcome"]).Append("  ").Append((string?)json["reason"]);
        if (json["granted"]!["scope"]!.GetValue<string>() is { Length: > 0 } scope) text.Append($"  {scope} for {json["granted"]!["lifetime_s"]} s");
        text.Append('\n');
        foreach (var rule in json["rules"]!.AsArray().Select(rule => rule!.AsObject())) AddRule(text, rule);
        if ((string?)json["nearest_fix"] is { } fix) text.Append("to mend it: ").Append(fix).Append('\n');
        if (json["challenge"] is JsonObject challenge) text.Append("the client is told: ").Append(string.Join(", ", challenge.Select(member => $"{member.Key} {(member.Value is JsonArray list ? string.Join(' ', list) : member.Value)}"))).Append('\n');
        if (json["shadow"] is JsonObject shadow) text.Append($"rules on trial: {shadow["outcome"]} {shadow["reason"]} {shadow["scope"]} by {string.Join(", ", shadow["rules"]!.AsArray())}\n");
        return text.ToString();
    }

    private static void AddRule(StringBuilder text, JsonObject rule)
    {
        text.Append($"{(rule["match"]!.GetValue<bool>() ? '✓' : '✗')} {rule["effect"]} {rule["id"]}  {rule["file"]}:{rule["line"]}{((string?)rule["mode"] is "shadow" ? "  (on trial)" : "")}\n");
        foreach (var condition in rule["conditions"]!.AsArray())
            text.Append($"    {(condition!["holds"]!.GetValue<bool>() ? '✓' : '✗')} {condition["path"]}: {condition["need"]}  [{condition["have"]}]\n");
    }
}
