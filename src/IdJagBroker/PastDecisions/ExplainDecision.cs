using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Audit.Api;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Explaining;
using Npgsql;

namespace IdJagBroker.PastDecisions;

/// <summary>
/// <c>GET /admin/v1/decisions/{id}</c>: why a decision was as it was, by the <c>decision_id</c> that the client was told: every condition with what there was, in its file and
/// line, by the revision that decided, or with <c>as_of</c> by another.
/// </summary>
internal static class ExplainDecision
{
    private static readonly Problem NoSuchDecision = new(StatusCodes.Status404NotFound, "no-such-decision", "The log has no decision of that id.");
    private static readonly Problem NoSuchRevision = new(StatusCodes.Status404NotFound, "no-such-revision", "That revision never decided here, or cannot be read by this version.");
    private static readonly Problem NotOfPolicy = new(StatusCodes.Status422UnprocessableEntity, "not-of-policy", "It did not come to the policy: the reason is all there is.");

    public static void Map(IEndpointRouteBuilder admin) => admin.MapGet("/decisions/{id}", async (
        HttpContext http, string id, LogReader log, PastPolicies policies, FactHashes hashes, NpgsqlDataSource database, ReadRecord record) =>
    {
        var ct = http.RequestAborted;
        await log.CatchUpAsync(ct);
        if (!Guid.TryParseExact(id, "D", out var name) || await log.FindAsync(name, ct) is not { } row || RecordedDecision.Read(row.Line.Span) is not { } past) return NoSuchDecision.ToResult();
        await record.WriteAsync(http, "explain", "json", 1, new JsonObject { ["seq"] = row.Seq });
        if (!past.IsOfPolicy) return (NotOfPolicy with { Title = $"It did not come to the policy: {past.Reason}." }).ToResult();
        var asOf = http.Request.Query["as_of"] is [{ Length: > 0 } given] ? given : past.Revision!;
        if (await policies.FindAsync(asOf, ct) is not { } snapshot) return NoSuchRevision.ToResult();
        var revision = new RevisionReader(snapshot, hashes, await NamedPeople.OfAsync(database, snapshot, ct));
        var recorded = (await policies.FindAsync(past.Revision!, ct))?.Catalog.Idps.GetValueOrDefault(past.Upstream!)?.PolicyClaims ?? [];
        if (revision.Read(past, recorded, out var unknown) is not { } input) return (NoSuchRevision with { Title = "That revision does not have the client, or the resource, or a scope to ask for." }).ToResult();
        var answer = ExplanationJson.Of(new Explanation(snapshot, input, http.Request.Query["all"] is ["true"]));
        answer["decision_id"] = past.Id.ToString("D");
        answer["recorded"] = Recorded(past);
        answer["facts"] = Facts(input);
        // What hangs on the rest of the caller's address, or on somebody who was erased, is not certain any more.
        if (unknown is not Fact.None) answer["not_recorded"] = new JsonArray([.. Enum.GetValues<Fact>().Where(fact => int.PopCount((int)fact) is 1 && unknown.HasFlag(fact)).Select(fact => (JsonNode)fact.ToString())]);
        return Results.Text(answer.ToJsonString(), "application/json");
    }).RequireScope(AdminScope.AuditRead);

    private static JsonObject Recorded(RecordedDecision past)
    {
        var json = new JsonObject
        {
            ["type"] = past.Type, ["revision"] = past.Revision, ["at"] = past.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture), ["client"] = past.Client,
            ["authserver"] = past.AuthServer, ["resource"] = new JsonArray([.. past.Resources.Select(uri => (JsonNode)uri)]), ["subject_key"] = past.SubjectKey,
        };
        if (past.Reason is { } reason) json["reason"] = reason;
        if (past.RequestedScope is { } scope) json["requested_scope"] = scope;
        if (past.GrantedScope is { } granted) json["granted_scope"] = granted;
        if (past.BreakGlass) json["breakglass"] = true;
        return json;
    }

    private static JsonObject Facts(PolicyInput input) => new()
    {
        ["groups"] = input.GroupsComplete ? new JsonArray([.. input.Groups.Order(StringComparer.Ordinal).Select(group => (JsonNode)group)]) : "overage",
        ["acr"] = new JsonArray([.. input.Acr.Select(acr => (JsonNode)acr)]),
        ["amr"] = new JsonArray([.. input.Amr.Select(amr => (JsonNode)amr)]),
        ["auth_age_s"] = input.SignInAge is { } age ? (long)age.TotalSeconds : null,
        ["dpop"] = input.Dpop,
        ["ip_net"] = input.Network?.ToString(),
        ["tenant"] = input.Tenant,
        ["scope"] = input.Scope.ToString(),
        ["resources"] = new JsonArray([.. input.ResourceAliases.Select(alias => (JsonNode)alias)]),
    };
}
