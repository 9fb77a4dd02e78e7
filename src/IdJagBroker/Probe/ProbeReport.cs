using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Policies.Commands;

namespace IdJagBroker.Probe;

/// <summary>What a run found: a table for people, JSON for programs (docs/how-to/probe-an-authorization-server.md). Neither holds a token, a secret or a key.</summary>
/// <param name="session">The run.</param>
/// <param name="started">When it began.</param>
/// <param name="results">What each check found, in their order.</param>
internal sealed class ProbeReport(ProbeSession session, DateTimeOffset started, IReadOnlyList<ProbeResult> results)
{
    /// <summary>The version of the JSON: it changes when a member changes its meaning or goes.</summary>
    public const int Version = 1;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public IReadOnlyList<ProbeResult> Results => results;

    /// <summary>Why the good ID-JAG may have been refused; empty if it was not.</summary>
    public IReadOnlyList<string> Causes { get; init; } = [];

    /// <summary>Whether no MUST is broken, and everything that was asked could be told.</summary>
    public bool Passed => results.All(result => result.Verdict.Outcome is not (ProbeOutcome.Fail or ProbeOutcome.Unproven));

    public string ToJson()
    {
        var setup = session.Setup;
        var json = new JsonObject
        {
            ["version"] = Version, ["authorization_server"] = setup.Server.Value, ["token_endpoint"] = session.TokenEndpoint?.AbsoluteUri, ["issuer"] = setup.Issuer, ["kid"] = setup.Key.KeyId,
            ["client_id"] = setup.Client.ClientId, ["auth_method"] = setup.Client.Method, ["dpop"] = setup.Dpop, ["single_use"] = setup.SingleUse,
            ["started_at"] = started.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), ["passed"] = Passed,
            ["counts"] = new JsonObject(Enum.GetValues<ProbeOutcome>().Select(outcome => KeyValuePair.Create<string, JsonNode?>(Word(outcome), Count(outcome)))),
            ["causes"] = new JsonArray([.. Causes.Select(cause => (JsonNode)cause)]),
            ["checks"] = new JsonArray([.. results.Select(Json)]),
        };
        if (json["token_endpoint"] is null) json.Remove("token_endpoint");
        return json.ToJsonString(Indented) + "\n";
    }

    public string ToTable()
    {
        var text = new StringBuilder();
        var asked = results.Where(result => result.Verdict is not { Outcome: ProbeOutcome.Skipped, Note: ProbeRun.NotAsked }).ToList();
        text.Append(TextTable.Of("table", ["RESULT", "CHECK", "LEVEL", "RULE", "SENT", "CAME BACK"], asked.Select(Row))).Append('\n');
        foreach (var result in asked.Where(IsToldOf)) Append(text, result);
        if (Causes.Count > 0) text.Append("Likely causes, the likeliest first:\n").AppendJoin("", Causes.Select(cause => $"  - {cause}\n")).Append('\n');
        return text.Append(CultureInfo.InvariantCulture,
            $"{(Passed ? "PASSED" : "FAILED")}: {Count(ProbeOutcome.Pass)} passed, {Count(ProbeOutcome.Fail)} failed, {Count(ProbeOutcome.Warn)} warnings, {Count(ProbeOutcome.Unproven)} not provable, {asked.Count(result => result.Verdict.Outcome is ProbeOutcome.Skipped)} skipped: {session.Setup.Server}\n").ToString();
    }

    private static string Word(ProbeOutcome outcome) => outcome.ToString().ToLowerInvariant();

    private static bool IsToldOf(ProbeResult result) => result.Verdict.Outcome is ProbeOutcome.Fail or ProbeOutcome.Warn or ProbeOutcome.Info
        || (result.Verdict.Outcome is ProbeOutcome.Unproven && !result.Verdict.Note.StartsWith("Not provable: the good", StringComparison.Ordinal));

    private static string Level(ProbeCheck check) => check.Severity is Severity.Must ? "MUST" : "SHOULD";

    private int Count(ProbeOutcome outcome) => results.Count(result => result.Verdict.Outcome == outcome);

    private string[] Row(ProbeResult result) => [Word(result.Verdict.Outcome), result.Check.Id, Level(result.Check), result.Check.Rules[0], result.Check.Sent, CameBack(result.Verdict.Answer)];

    private string CameBack(TokenAnswer? answer) => answer switch
    {
        null => "",
        { Status: 0 } => "no answer",
        { Error: { } error } => session.Printable($"{answer.Status} {error}"),
        { IsIssued: true } => $"{answer.Status} access token",
        _ => answer.Status.ToString(CultureInfo.InvariantCulture),
    };

    private void Append(StringBuilder text, ProbeResult result)
    {
        var (check, verdict) = (result.Check, result.Verdict);
        text.Append(CultureInfo.InvariantCulture, $"{Word(verdict.Outcome)} {check.Id} ({Level(check)}; {string.Join("; ", check.Rules)})\n  {session.Setup.Client.Redact(verdict.Note)}\n");
        if (verdict.Answer?.Text("error_description") is { } description) text.Append(CultureInfo.InvariantCulture, $"  The server says: {session.Printable(description)}\n");
        if (verdict.Outcome is ProbeOutcome.Fail or ProbeOutcome.Warn) text.Append(CultureInfo.InvariantCulture, $"  Fix: {check.Fix}\n");
        text.Append('\n');
    }

    private JsonObject Json(ProbeResult result)
    {
        var (check, verdict) = (result.Check, result.Verdict);
        var json = new JsonObject
        {
            ["id"] = check.Id, ["group"] = check.Group, ["level"] = Level(check), ["rules"] = new JsonArray([.. check.Rules.Select(rule => (JsonNode)rule)]), ["outcome"] = Word(verdict.Outcome), ["sent"] = check.Sent,
        };
        if (verdict.Note.Length > 0) json["note"] = session.Setup.Client.Redact(verdict.Note);
        if (verdict.Answer is { } answer)
        {
            var received = new JsonObject { ["status"] = answer.Status };
            if (answer.Error is { } error) received["error"] = session.Printable(error);
            if (answer.Text("error_description") is { } description) received["error_description"] = session.Printable(description);
            json["received"] = received;
        }
        if (verdict.Outcome is ProbeOutcome.Fail or ProbeOutcome.Warn) json["fix"] = check.Fix;
        return json;
    }
}
