using System.Text.Json.Serialization;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Storage;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace IdJagBroker.Clients.Registry;

/// <summary>
/// <c>GET /admin/v1/clients?limit=…&amp;after=…</c>: those of the catalogue and those of the registry, in ordinal order of alias, paged by
/// key; <c>next</c> is there while there may be more.
/// </summary>
internal static class ListClients
{
    private const int MaxClients = 1_000;
    private const int DefaultClients = 100;

    /// <param name="After">Only clients whose alias comes later.</param>
    public sealed record Query(int Limit, string After) : IRequest<Page>;

    /// <param name="Next">What to give as <c>after</c> for the next page; absent on the last.</param>
    public sealed record Page(
        [property: JsonPropertyName("clients")] IReadOnlyList<ClientView> Clients,
        [property: JsonPropertyName("next")] string? Next);

    public static void Map(IEndpointRouteBuilder clients) => clients.MapGet("", async (HttpContext http, IMediator mediator) =>
        ReadQuery(http.Request.Query).IsRefused(out var query, out var problem)
            ? problem.ToResult()
            : Results.Ok(await mediator.Send(query, http.RequestAborted))).RequireScope(AdminScope.ClientsRead);

    internal sealed class Handler(BrokerDbContext db, ActivePolicy policy) : IRequestHandler<Query, Page>
    {
        public async Task<Page> Handle(Query query, CancellationToken cancellationToken)
        {
            var catalog = policy.Current.Catalog;
            var rows = await db.Clients.AsNoTracking().Where(client => string.Compare(client.Alias, query.After) > 0)
                .OrderBy(client => client.Alias).Take(query.Limit).ToDictionaryAsync(client => client.Alias, StringComparer.Ordinal, cancellationToken);
            var aliases = catalog.Clients.Keys.Where(alias => string.CompareOrdinal(alias, query.After) > 0).Union(rows.Keys, StringComparer.Ordinal)
                .Order(StringComparer.Ordinal).Take(query.Limit).ToList();
            return new Page(
                [.. aliases.Select(alias => ClientView.Of(catalog, alias, rows.GetValueOrDefault(alias)))],
                aliases.Count == query.Limit ? aliases[^1] : null);
        }
    }

    private static Outcome<Query> ReadQuery(IQueryCollection parameters)
    {
        foreach (var (name, values) in parameters)
        {
            if (name is not ("limit" or "after")) return Problem.Invalid("There are two parameters here: limit and after.");
            if (values.Count > 1) return Problem.Invalid($"'{name}' is given more than once.");
        }
        var limit = DefaultClients;
        if (parameters["limit"] is [{ } text] && (!int.TryParse(text, out limit) || limit is < 1 or > MaxClients)) return Problem.Invalid($"limit is 1 to {MaxClients}.");
        if (parameters["after"] is [{ } alias]) return ClientAlias.IsValid(alias) ? new Query(limit, alias) : Problem.Invalid("after is the 'next' of a page.");
        return new Query(limit, "");
    }
}
