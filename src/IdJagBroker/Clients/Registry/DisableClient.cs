using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Clients.Registry;

/// <summary>
/// <c>POST /admin/v1/clients/{alias}/disable</c>: refused on every replica within 5 s. <c>If-Match</c> is heeded, not demanded: who must
/// stop a client should not have to read first.
/// </summary>
internal static class DisableClient
{
    public sealed record Command(string Alias, IfMatch IfMatch) : IRequest<Outcome<ClientView>>;

    public static void Map(IEndpointRouteBuilder clients) => clients.MapPost("/{alias}/disable", async (HttpContext http, string alias, IMediator mediator) =>
        IfMatch.Read(http.Request, required: false).IsRefused(out var ifMatch, out var problem)
            ? problem.ToResult()
            : await ClientApi.ShowAsync(http, mediator, new Command(alias, ifMatch))).RequireScope(AdminScope.ClientsWrite);

    internal sealed class Handler(ClientChange change) : IRequestHandler<Command, Outcome<ClientView>>
    {
        public async Task<Outcome<ClientView>> Handle(Command command, CancellationToken cancellationToken)
        {
            var outcome = await change.UpdateAsync(command.Alias, command.IfMatch, "client.disabled", takesAway: true, row =>
            {
                row.Enabled = false;
                return null;
            }, cancellationToken);
            return outcome.IsRefused(out var row, out var problem) ? problem : ClientView.Of(change.Catalog, row.Alias, row);
        }
    }
}
