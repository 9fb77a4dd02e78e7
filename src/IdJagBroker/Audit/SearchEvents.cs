using System.Text;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Storage;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Npgsql;

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
    public sealed record Query(string? Client, string? Subject, string? Outcome, string? Jti, Guid? DecisionId, int Limit, long Before) : IRequest<byte[]>;

    public static void Map(IEndpointRouteBuilder admin) => admin.MapGet("/audit/events", async (HttpContext http, IMediator mediator) =>
        ReadQuery(http.Request.Query, out var query, out var fault)
            ? Results.Bytes(await mediator.Send(query, http.RequestAborted), "application/json")
            : Results.Problem(statusCode: StatusCodes.Status400BadRequest, title: fault)).RequireScope(AdminScope.AuditRead);

    internal sealed class Handler(NpgsqlDataSource database, LogReader log, BrokerDbContext db, ActivePolicy policy) : IRequestHandler<Query, byte[]>
    {
        public async Task<byte[]> Handle(Query query, CancellationToken cancellationToken)
        {
            await log.CatchUpAsync(cancellationToken);
            await using var command = database.CreateCommand();
            var where = new StringBuilder("seq < $1");
            command.Parameters.Add(new() { Value = query.Before });
            void And(string column, object? value)
            {
                if (value is null) return;
                command.Parameters.Add(new() { Value = value });
                where.Append(System.Globalization.CultureInfo.InvariantCulture, $" and {column} = ${command.Parameters.Count}");
            }
            And("client", query.Client);
            And("outcome", query.Outcome);
            And("jti", query.Jti);
            And("id", query.DecisionId);
            And("subject_key", query.Subject is null ? null : await SubjectKeyAsync(query.Subject, cancellationToken));
            command.CommandText = $"select seq, event from audit_event where {where} order by recorded_at desc, seq desc limit {query.Limit}";
            return await PageAsync(command, query.Limit, cancellationToken);
        }

        private static async Task<byte[]> PageAsync(NpgsqlCommand command, int limit, CancellationToken ct)
        {
            var page = new StringBuilder("{\"events\":[");
            await using var reader = await command.ExecuteReaderAsync(ct);
            var (rows, last) = (0, 0L);
            for (; await reader.ReadAsync(ct); rows++)
            {
                last = reader.GetInt64(0);
                page.Append(rows > 0 ? "," : "").Append(reader.GetString(1));
            }
            page.Append(']');
            if (rows == limit) page.Append(System.Globalization.CultureInfo.InvariantCulture, $",\"next\":{last}");
            return Encoding.UTF8.GetBytes(page.Append('}').ToString());
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
