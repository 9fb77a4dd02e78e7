using System.Buffers;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Audit.Mapping;

/// <summary>
/// An event as OCSF has it, with the profile <c>security_control</c> where something was decided. No class of OCSF says all of what ours do, so
/// <c>unmapped.event</c> is the line itself.
/// </summary>
internal static class OcsfWriter
{
    /// <summary>The version of the schema whose classes and activities these are.</summary>
    public const string Version = "1.5.0";

    public static void Write(MappedLine line, IBufferWriter<byte> output)
    {
        var json = new OcsfJson(output);
        var activity = line.Mapping.Activity;
        var (outcome, status) = Outcome(line.Text("outcome"));
        json.Object(null, () =>
        {
            if (activity.IsAuthentication) json.Number("action_id", outcome is OcsfOutcome.Denied ? 2 : outcome is OcsfOutcome.Allowed ? 1 : 0);
            json.Number("activity_id", activity.Id);
            json.Text("activity_name", activity.Name);
            WriteActor(json, line);
            if (activity.IsAuthentication)
            {
                json.Text("auth_protocol", "OAUTH 2.0");
                json.Number("auth_protocol_id", 6);
                WriteAuthorizations(json, line, outcome);
            }
            json.Text("category_name", activity.CategoryName);
            json.Number("category_uid", activity.Category);
            json.Text("class_name", activity.ClassName);
            json.Number("class_uid", activity.Class);
            if (activity.IsAuthentication) json.Number("disposition_id", (int)outcome);
            if (activity.IsOfEntity) json.Object("entity", () => { json.Text("type", line.Mapping.Entity.Kind); json.Text("uid", line.Text(line.Mapping.Entity.Member)); });
            if (line.Text("ua") is { } agent) json.Object("http_request", () => json.Text("user_agent", agent));
            string[] methods = [.. line.Texts("data.facts.amr"), .. line.Texts("data.amr")];
            if (activity.IsAuthentication && methods.Length > 0) json.Flag("is_mfa", methods.Contains("mfa", StringComparer.Ordinal));
            json.Text("message", line.Mapping.Name);
            WriteMetadata(json, line, activity);
            if (activity.IsAuthentication) json.Object("service", () => { json.Text("name", line.Text("authserver") ?? line.Need("log")); json.Text("uid", line.Texts("resource") is [var first, ..] ? first : null); });
            json.Text("severity", line.Mapping.Severity.ToString());
            json.Number("severity_id", (int)line.Mapping.Severity);
            json.Text("status", status is 1 ? "Success" : "Failure");
            json.Text("status_code", line.Text("reason"));
            json.Number("status_id", status);
            json.Number("time", line.Milliseconds("occurred_at"));
            json.Text("type_name", $"{activity.ClassName}: {activity.Name}");
            json.Number("type_uid", activity.Type);
            json.Object("unmapped", () => json.Canonical("event", line.Line.Span));
            if (activity.IsAuthentication) json.Object("user", () => json.Text("uid", line.Text("subject_key") ?? line.Text("actor.key") ?? "unknown"));
        });
    }

    private static void WriteActor(OcsfJson json, MappedLine line)
    {
        var isPerson = line.Text("actor.kind") is "admin";
        json.Object("actor", () =>
        {
            if (!isPerson) json.Text("app_name", line.Text("actor.key") ?? line.Text("actor.kind"));
            if (line.Text("actor.session") is { } session) json.Object("session", () => json.Text("uid", session));
            if (isPerson) json.Object("user", () => { json.Text("name", line.Text("actor.key")); json.Text("type", "Admin"); json.Number("type_id", 2); });
        });
    }

    private static void WriteAuthorizations(OcsfJson json, MappedLine line, OcsfOutcome outcome)
    {
        string?[] rules = line.Texts("data.rules") is { Count: > 0 } named ? [.. named] : [null];
        json.Objects<string?>("authorizations", rules, rule =>
        {
            json.Text("decision", outcome.ToString().ToLowerInvariant());
            if (line.Text("policy_rev") is { } revision) json.Object("policy", () => { json.Text("name", rule); json.Text("version", revision); });
        });
    }

    private static void WriteMetadata(OcsfJson json, MappedLine line, OcsfActivity activity) => json.Object("metadata", () =>
    {
        json.Text("correlation_uid", line.Text("trace_id"));
        json.Text("event_code", line.Mapping.Type);
        json.Text("log_name", line.Need("log"));
        json.Text("log_version", line.Need("schema"));
        json.Number("logged_time", line.Milliseconds("recorded_at"));
        json.Object("product", () => { json.Text("name", "IdJagBroker"); json.Text("vendor_name", "IdJagBroker"); });
        if (activity.IsAuthentication) json.Texts("profiles", ["security_control"]);
        json.Number("sequence", line.Seq);
        json.Text("uid", line.Need("id"));
        json.Text("version", Version);
    });

    private static (OcsfOutcome Outcome, int Status) Outcome(string? outcome) => outcome switch
    {
        "ok" => (OcsfOutcome.Allowed, 1),
        "denied" => (OcsfOutcome.Denied, 2),
        _ => (OcsfOutcome.Error, 2),
    };

    // By OCSF's disposition_id: Allowed, Blocked, Error.
    private enum OcsfOutcome
    {
        Allowed = 1,
        Denied = 2,
        Error = 27,
    }
}
