using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Clients.Registry;

/// <summary><c>PUT /admin/v1/clients/{alias}</c> <c>{client_ids, enabled}</c> with <c>If-Match</c>: replaces both.</summary>
internal static class UpdateClient
{
    public sealed record Command(string Alias, IfMatch IfMatch, IReadOnlyList<string> ClientIds, bool Enabled) : IRequest<Outcome<ClientView>>;

    public static void Map(IEndpointRouteBuilder clients) => clients.MapPut("/{alias}", async (HttpContext http, string alias, IMediator mediator) =>
        (await ReadAsync(http, alias)).IsRefused(out var command, out var problem)
            ? problem.ToResult()
            : await ClientApi.ShowAsync(http, mediator, command)).RequireScope(AdminScope.ClientsWrite);

    internal sealed class Handler(ClientChange change) : IRequestHandler<Command, Outcome<ClientView>>
    {
        public async Task<Outcome<ClientView>> Handle(Command command, CancellationToken cancellationToken)
        {
            var outcome = await change.UpdateAsync(command.Alias, command.IfMatch, "client.updated", takesAway: false, row =>
            {
                (row.ClientIds, row.Enabled) = ([.. command.ClientIds], command.Enabled);
                return null;
            }, cancellationToken);
            return outcome.IsRefused(out var row, out var problem) ? problem : ClientView.Of(change.Catalog, row.Alias, row);
        }
    }

    private static async Task<Outcome<Command>> ReadAsync(HttpContext http, string alias)
    {
        if (IfMatch.Read(http.Request, required: true).IsRefused(out var ifMatch, out var problem)) return problem;
        if ((await JsonBody.ReadAsync(http.Request, mayBeEmpty: false, http.RequestAborted)).IsRefused(out var body, out problem)) return problem;
        body.Required("client_ids");
        var ids = body.Texts("client_ids");
        var enabled = body.Flag("enabled");
        if (body.End() is { } fault) return fault;
        return ClientIdentifier.Fault(ids!) is { } wrong ? Problem.Invalid(wrong, "/client_ids") : new Command(alias, ifMatch, ids!, enabled);
    }
}
