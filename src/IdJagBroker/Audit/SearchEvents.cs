using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Storage;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace IdJagBroker.Audit;

/// <summary>
/// <c>GET /admin/v1/audit/events?client=…&amp;subject=…&amp;outcome=…&amp;jti=…&amp;decision_id=…&amp;limit=…&amp;before=…</c>: newest first,
/// paged by key. A page is never counted and never skipped to; <c>next</c> is there while there may be more.
/// </summary>
internal static class SearchEvents
{
    private const int MaxRows = 1_000;
    private const int DefaultRows = 100;

    /// <param name="Subject">A subject key, or <c>upstream|id</c> as policies write it.</param>
    /// <param name="Before">Only events whose <c>seq</c> is lower.</param>
    public sealed record Query(string? Client, string? Subject, string? Outcome, string? Jti, Guid? DecisionId, int Limit, long Before)
        : IRequest<AuditPage>;

    public static void Map(IEndpointRouteBuilder admin) => admin.MapGet("/audit/events", async (HttpContext http, IMediator mediator) =>
        ReadQuery(http.Request.Query, out var query, out var fault)
            ? Results.Ok(await mediator.Send(query, http.RequestAborted))
            : Results.Problem(statusCode: StatusCodes.Status400BadRequest, title: fault)).RequireScope(AdminScope.AuditRead);

    internal sealed class Handler(BrokerDbContext db, ActivePolicy policy) : IRequestHandler<Query, AuditPage>
    {
        public async Task<AuditPage> Handle(Query query, CancellationToken cancellationToken)
        {
            var events = db.AuditEvents.AsNoTracking().Where(e => e.Seq < query.Before);
            if (query.Client is not null) events = events.Where(e => e.Client == query.Client);
            if (query.Outcome is not null) events = events.Where(e => e.Outcome == query.Outcome);
            if (query.Jti is not null) events = events.Where(e => e.Jti == query.Jti);
            if (query.DecisionId is not null) events = events.Where(e => e.Id == query.DecisionId);
            if (query.Subject is not null)
            {
                var key = await SubjectKeyAsync(query.Subject, cancellationToken);
                events = events.Where(e => e.SubjectKey == key);
            }
            var rows = await events.OrderByDescending(e => e.Seq).Take(query.Limit).ToListAsync(cancellationToken);
            return new AuditPage([.. rows.Select(AuditEventView.Of)], rows.Count == query.Limit ? rows[^1].Seq : null);
        }

        // Auditors know people by the upstream's id; the log knows them by a random key.
        private async Task<string> SubjectKeyAsync(string subject, CancellationToken ct)
        {
            if (subject.Split('|', 2) is not [var alias, var id] || !policy.Current.Catalog.Idps.TryGetValue(alias, out var upstream)) return subject;
            return await db.People.Where(p => p.Upstream == upstream.Issuer.Value && p.UpstreamId == id).Select(p => p.SubjectKey).FirstOrDefaultAsync(ct) ?? "";
        }
    }

    private static bool ReadQuery(IQueryCollection parameters, out Query query, out string fault)
    {
        (query, fault) = (null!, "");
        string[] known = ["client", "subject", "outcome", "jti", "decision_id", "limit", "before"];
        foreach (var (name, values) in parameters)
        {
            if (!known.Contains(name, StringComparer.Ordinal)) { fault = $"There is no filter '{name}'; there are: {string.Join(", ", known)}."; return false; }
            if (values.Count > 1) { fault = $"'{name}' is given more than once."; return false; }
            if (values[0]!.Contains('\0')) { fault = $"'{name}' holds a NUL character."; return false; }
        }
        string? Text(string name) => parameters[name] is [{ Length: > 0 } value] ? value : null;
        var outcome = Text("outcome");
        if (outcome is not null and not ("ok" or "denied" or "error")) { fault = "outcome is ok, denied or error."; return false; }
        if (!int.TryParse(Text("limit") ?? $"{DefaultRows}", out var limit) || limit is < 1 or > MaxRows) { fault = $"limit is 1 to {MaxRows}."; return false; }
        if (!long.TryParse(Text("before") ?? $"{long.MaxValue}", out var before)) { fault = "before is the 'next' of a page."; return false; }
        Guid? decision = null;
        if (Text("decision_id") is { } text)
        {
            if (!Guid.TryParse(text, out var id)) { fault = "decision_id is a UUID."; return false; }
            decision = id;
        }
        query = new Query(Text("client"), Text("subject"), outcome, Text("jti"), decision, limit, before);
        return true;
    }
}
