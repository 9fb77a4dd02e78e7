using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Clients.Registry;

/// <summary><c>DELETE /admin/v1/clients/{alias}</c> with <c>If-Match</c>: ids and credentials are gone; the catalogue's entry stays.</summary>
internal static class DeleteClient
{
    public sealed record Command(string Alias, IfMatch IfMatch) : IRequest<Outcome<ClientRow>>;

    public static void Map(IEndpointRouteBuilder clients) => clients.MapDelete("/{alias}", async (HttpContext http, string alias, IMediator mediator) =>
    {
        if (IfMatch.Read(http.Request, required: true).IsRefused(out var ifMatch, out var problem)) return problem.ToResult();
        var outcome = await mediator.Send(new Command(alias, ifMatch), http.RequestAborted);
        return outcome.IsRefused(out _, out problem) ? problem.ToResult() : Results.NoContent();
    }).RequireScope(AdminScope.ClientsWrite);

    internal sealed class Handler(ClientChange change) : IRequestHandler<Command, Outcome<ClientRow>>
    {
        public Task<Outcome<ClientRow>> Handle(Command command, CancellationToken cancellationToken) =>
            change.DeleteAsync(command.Alias, command.IfMatch, cancellationToken);
    }
}
