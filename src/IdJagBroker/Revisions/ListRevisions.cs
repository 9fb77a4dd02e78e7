using System.Globalization;
using System.Text.Json.Serialization;
using IdJagBroker.Audit.Api;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Revisions;

/// <summary>
/// <c>GET /admin/v1/policy/revisions?limit=…&amp;after=…</c>: the history, the newest first: releases, or of a directory the revisions that brokers decided by.
/// Paged by key; <c>next</c> is there while there may be more.
/// </summary>
internal static class ListRevisions
{
    private const int MaxRevisions = 1_000;
    private const int DefaultRevisions = 100;

    /// <param name="After">The <c>next</c> of the page before; empty: the first page.</param>
    public sealed record Query(int Limit, string After) : IRequest<Outcome<Page>>;

    /// <param name="Next">What to give as <c>after</c> for the next page; absent on the last.</param>
    public sealed record Page(
        [property: JsonPropertyName("revisions")] IReadOnlyList<ReleaseView> Revisions,
        [property: JsonPropertyName("next")] string? Next);

    public static void Map(IEndpointRouteBuilder policy) => policy.MapGet("/revisions", async (HttpContext http, IMediator mediator) =>
    {
        if (ReadQuery(http.Request.Query).IsRefused(out var query, out var problem)) return problem.ToResult();
        return (await mediator.Send(query, http.RequestAborted)).IsRefused(out var page, out problem) ? problem.ToResult() : Results.Ok(page);
    }).RequireScope(AdminScope.PolicyRead);

    internal sealed class Handler(NpgsqlDataSource database, IOptions<PolicySourceOptions> options) : IRequestHandler<Query, Outcome<Page>>
    {
        private static readonly Problem NoPage = Problem.Invalid("after is the 'next' of a page.");

        public async Task<Outcome<Page>> Handle(Query query, CancellationToken cancellationToken)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            if (!options.Value.IsDatabase)
            {
                if (query.After.Length > 0 && !BundleFiles.IsRevision(query.After)) return NoPage;
                var revisions = await DecidedAsync(connection, query, cancellationToken);
                return new Page(revisions, revisions.Count == query.Limit ? revisions[^1].Revision : null);
            }
            var before = long.MaxValue;
            if (query.After.Length > 0 && !long.TryParse(query.After, NumberStyles.None, CultureInfo.InvariantCulture, out before)) return NoPage;
            var releases = await ReleaseTable.ListAsync(connection, before, query.Limit, cancellationToken);
            return new Page([.. releases.Select(ReleaseView.Of)], releases.Count == query.Limit ? releases[^1].Number.ToString(CultureInfo.InvariantCulture) : null);
        }

        private static async Task<List<ReleaseView>> DecidedAsync(NpgsqlConnection connection, Query query, CancellationToken ct)
        {
            await using var command = new NpgsqlCommand(
                """
                select revision, first_seen from policy_revision
                where $2 = '' or (first_seen, revision) < (select p.first_seen, p.revision from policy_revision p where p.revision = $2)
                order by first_seen desc, revision desc limit $1
                """, connection);
            command.Parameters.Add(new() { Value = query.Limit });
            command.Parameters.Add(new() { Value = query.After });
            await using var reader = await command.ExecuteReaderAsync(ct);
            var revisions = new List<ReleaseView>();
            while (await reader.ReadAsync(ct)) revisions.Add(new ReleaseView { Revision = reader.GetString(0), FirstSeen = reader.GetFieldValue<DateTimeOffset>(1) });
            return revisions;
        }
    }

    private static Outcome<Query> ReadQuery(IQueryCollection parameters)
    {
        foreach (var (name, values) in parameters)
        {
            if (name is not ("limit" or "after")) return Problem.Invalid("There are two parameters here: limit and after.");
            if (values.Count > 1) return Problem.Invalid($"'{name}' is given more than once.");
        }
        return QueryNumber.Read(parameters, "limit", 1, MaxRevisions, DefaultRevisions, out var limit) is { } fault ? fault : new Query((int)limit, parameters["after"].ToString());
    }
}
