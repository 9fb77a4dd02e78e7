using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Clients.Registry;

/// <summary>
/// <c>POST /admin/v1/clients/{alias}/enable</c> with <c>If-Match</c>: who lets a client in again must have seen who shut it out.
/// </summary>
internal static class EnableClient
{
    public sealed record Command(string Alias, IfMatch IfMatch) : IRequest<Outcome<ClientView>>;

    public static void Map(IEndpointRouteBuilder clients) => clients.MapPost("/{alias}/enable", async (HttpContext http, string alias, IMediator mediator) =>
        IfMatch.Read(http.Request, required: true).IsRefused(out var ifMatch, out var problem)
            ? problem.ToResult()
            : await ClientApi.ShowAsync(http, mediator, new Command(alias, ifMatch))).RequireScope(AdminScope.ClientsWrite);

    internal sealed class Handler(ClientChange change) : IRequestHandler<Command, Outcome<ClientView>>
    {
        public async Task<Outcome<ClientView>> Handle(Command command, CancellationToken cancellationToken)
        {
            var outcome = await change.UpdateAsync(command.Alias, command.IfMatch, "client.enabled", takesAway: false, row =>
            {
                row.Enabled = true;
                return null;
            }, cancellationToken);
            return outcome.IsRefused(out var row, out var problem) ? problem : ClientView.Of(change.Catalog, row.Alias, row);
        }
    }
}
