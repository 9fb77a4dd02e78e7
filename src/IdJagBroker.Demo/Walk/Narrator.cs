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
    private static readonly string[] Kept = ["client_secret", "code", "code_verifier", "refresh_token", "access_token"];
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
        foreach (var name in form.AllKeys.OfType<string>()) output.WriteLine($"       {name} = {Shown(name, form[name]!)}");
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

    /// <summary>The addresses that a browser went through.</summary>
    public void Hops(IEnumerable<Hop> hops)
    {
        foreach (var hop in hops) output.WriteLine($"   → {hop.Method,-4} {hop.Url.GetLeftPart(UriPartial.Path)}{(hop.Url.Query.Length > 1 ? "?…" : ""),-3} {(int)hop.Status}");
    }

    /// <summary>One row of many, in a line.</summary>
    public void Line(JsonNode row)
    {
        var at = DateTimeOffset.Parse((string)row["occurred_at"]!, System.Globalization.CultureInfo.InvariantCulture);
        string[] facts = [.. from name in (string[])["client", "reason", "jti"] where row[name] is not null select $"{name}={row[name]}"];
        output.WriteLine($"   #{row["seq"],-4} {at:HH:mm:ss}  {row["type"],-24} {string.Join("  ", facts)}");
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
            if (value is JsonValue text && text.TryGetValue<string>(out var long_)) body[name] = Shown(name, long_);
        return body.ToJsonString(Readable);
    }

    private static string Short(string text, int most = 90) => text.Length <= most ? text : $"{text[..Math.Min(32, most)]}… ({text.Length} characters)";

    // What opens a door is cut even if it is short.
    private static string Shown(string name, string value) => Kept.Contains(name) && value.Length <= 90 && value.Length > 8 ? Masked(value) : Short(value);

    private static string Masked(string secret) => $"{secret[..4]}… ({secret.Length} characters)";

    private void Indented(string text)
    {
        foreach (var line in text.Split('\n')) output.WriteLine($"       {line}");
    }
}
