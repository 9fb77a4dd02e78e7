using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Storage;
using MediatR;
using Microsoft.EntityFrameworkCore;

namespace IdJagBroker.Clients.Registry;

/// <summary><c>GET /admin/v1/clients/{alias}</c>: the client, with the entity tag of its registration.</summary>
internal static class GetClient
{
    public sealed record Query(string Alias) : IRequest<Outcome<ClientView>>;

    public static void Map(IEndpointRouteBuilder clients) => clients.MapGet("/{alias}",
        (HttpContext http, string alias, IMediator mediator) => ClientApi.ShowAsync(http, mediator, new Query(alias))).RequireScope(AdminScope.ClientsRead);

    internal sealed class Handler(BrokerDbContext db, ActivePolicy policy) : IRequestHandler<Query, Outcome<ClientView>>
    {
        public async Task<Outcome<ClientView>> Handle(Query query, CancellationToken cancellationToken)
        {
            if (!ClientAlias.IsValid(query.Alias)) return ClientProblem.NotFound;
            var catalog = policy.Current.Catalog;
            var row = await db.Clients.AsNoTracking().SingleOrDefaultAsync(client => client.Alias == query.Alias, cancellationToken);
            return row is null && !catalog.Clients.ContainsKey(query.Alias) ? ClientProblem.NotFound : ClientView.Of(catalog, query.Alias, row);
        }
    }
}
