using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Clients.Registry;

/// <summary>
/// <c>POST /admin/v1/clients</c> <c>{alias, client_ids?, enabled?}</c>: registers a client that the catalogue declares. Without
/// <c>client_ids</c> it gets one of ours.
/// </summary>
internal static class CreateClient
{
    public sealed record Command(string Alias, IReadOnlyList<string> ClientIds, bool Enabled) : IRequest<Outcome<ClientView>>;

    public static void Map(IEndpointRouteBuilder clients) => clients.MapPost("", async (HttpContext http, IMediator mediator) =>
    {
        if ((await ReadAsync(http)).IsRefused(out var command, out var problem)) return problem.ToResult();
        if ((await mediator.Send(command, http.RequestAborted)).IsRefused(out var client, out problem)) return problem.ToResult();
        http.Response.Headers.ETag = IfMatch.TagOf(client.Version!.Value);
        return Results.Created($"/admin/v1/clients/{client.Alias}", client);
    }).RequireScope(AdminScope.ClientsWrite);

    internal sealed class Handler(ClientChange change) : IRequestHandler<Command, Outcome<ClientView>>
    {
        public async Task<Outcome<ClientView>> Handle(Command command, CancellationToken cancellationToken)
        {
            var row = new ClientRow { Alias = command.Alias, ClientIds = [.. command.ClientIds], Enabled = command.Enabled };
            var outcome = await change.CreateAsync(row, cancellationToken);
            return outcome.IsRefused(out var created, out var problem) ? problem : ClientView.Of(change.Catalog, created.Alias, created);
        }
    }

    private static async Task<Outcome<Command>> ReadAsync(HttpContext http)
    {
        if ((await JsonBody.ReadAsync(http.Request, mayBeEmpty: false, http.RequestAborted)).IsRefused(out var body, out var problem)) return problem;
        body.Required("alias");
        var alias = body.Text("alias");
        var ids = body.Texts("client_ids") ?? [ClientIdentifier.New()];
        var enabled = body.Optional("enabled") is null || body.Flag("enabled");
        if (body.End() is { } fault) return fault;
        if (!ClientAlias.IsValid(alias!)) return Problem.Invalid("An alias is a letter, then letters, digits, '.', '_' or '-', 64 at most.", "/alias");
        return ClientIdentifier.Fault(ids) is { } wrong ? Problem.Invalid(wrong, "/client_ids") : new Command(alias!, ids, enabled);
    }
}
