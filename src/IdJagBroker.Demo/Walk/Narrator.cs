using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Web;

namespace IdJagBroker.Demo.Walk;

/// <summary>Tells the walk: what was sent, what came back, and what is inside the tokens. Tokens and secrets are cut short.</summary>
internal sealed class Narrator(TextWriter output)
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] Dates = ["iat", "exp", "nbf", "auth_time"];
    private int _chapter;

    public void Chapter(string title) => output.WriteLine($"\n━━ {++_chapter}. {title} ━━");

    public void Say(string text = "") => output.WriteLine(text);

    public void Fact(string name, string value) => output.WriteLine($"   {name,-16} {value}");

    /// <summary>A form POST and its answer.</summary>
    public void Show(Leg leg)
    {
        output.WriteLine($"   → {leg.Method} {leg.Url}");
        if (leg.Authorization is not null) output.WriteLine($"       Authorization: {Short(leg.Authorization, 12)}");
        var form = HttpUtility.ParseQueryString(leg.RequestBody);
        foreach (var name in form.AllKeys.OfType<string>()) output.WriteLine($"       {name} = {(name is "client_secret" ? Masked(form[name]!) : Short(form[name]!))}");
        output.WriteLine($"   ← {leg.Status}");
        if (leg.Challenge is not null) output.WriteLine($"       WWW-Authenticate: {leg.Challenge}");
        if (leg.ResponseBody.StartsWith('{')) Indented(Shortened(leg.ResponseBody));
    }

    /// <summary>A token, decoded.</summary>
    public void Token(string name, string token)
    {
        output.WriteLine($"   {name}, decoded:");
        var parts = token.Split('.');
        Indented(Json(parts[0]).ToJsonString(Compact));
        var claims = Json(parts[1]);
        Indented(claims.ToJsonString(Readable));
        foreach (var date in Dates.Where(claims.ContainsKey))
            output.WriteLine($"       {date} is {DateTimeOffset.FromUnixTimeSeconds((long)claims[date]!):yyyy-MM-dd HH:mm:ss} UTC");
    }

    /// <summary>A decision and the row of the audit log that holds it.</summary>
    public void Row(JsonNode row)
    {
        var rules = string.Join(", ", row["data"]!["rules"]?.AsArray().Select(rule => (string?)rule) ?? ["none"]);
        output.WriteLine($"   Decision: {row["outcome"]}   rules: {rules}   policy: {Short((string?)row["policy_rev"] ?? "", 20)}");
        output.WriteLine($"   Audit row #{row["seq"]}: {row["type"]}  client={row["client"]}  subject={row["subject_key"] ?? "–"}  " +
            (row["reason"] is { } reason ? $"reason={reason}" : $"scope=[{row["data"]!["claims"]!["scope"]}]  jti={row["jti"]}"));
    }

    /// <summary>What an authorization server reported of an ID-JAG.</summary>
    public void Redemption(JsonNode answer)
    {
        output.WriteLine($"   ID-JAG {answer["jti"]}: {answer["redemption"]}");
        foreach (var row in answer["receipts"]!.AsArray().Select(receipt => receipt!))
            output.WriteLine($"   Audit row #{row["seq"]}: {row["type"]}  client={row["client"]}  subject={row["subject_key"] ?? "–"}  scope=[{row["data"]!["scope"]}]  expires_in={row["data"]!["expires_in"]}");
    }

    private static JsonObject Json(string part) => JsonNode.Parse(Base64Url.DecodeFromChars(part))!.AsObject();

    private static string Shortened(string json)
    {
        var body = JsonNode.Parse(json)!.AsObject();
        foreach (var (name, value) in body.ToList())
            if (value is JsonValue text && text.TryGetValue<string>(out var long_)) body[name] = Short(long_);
        return body.ToJsonString(Readable);
    }

    private static string Short(string text, int most = 90) => text.Length <= most ? text : $"{text[..Math.Min(32, most)]}… ({text.Length} characters)";

    private static string Masked(string secret) => $"{secret[..4]}… ({secret.Length} characters)";

    private void Indented(string text)
    {
        foreach (var line in text.Split('\n')) output.WriteLine($"       {line}");
    }
}
