using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Clients.Registry;

/// <summary><c>DELETE /admin/v1/clients/{alias}/secrets/{id}</c>: the secret counts no more, on every replica within 5 s.</summary>
internal static class RetireClientSecret
{
    public sealed record Command(string Alias, string SecretId, IfMatch IfMatch) : IRequest<Outcome<ClientView>>;

    public static void Map(IEndpointRouteBuilder clients) => clients.MapDelete("/{alias}/secrets/{id}",
        async (HttpContext http, string alias, string id, IMediator mediator) =>
            IfMatch.Read(http.Request, required: false).IsRefused(out var ifMatch, out var problem)
                ? problem.ToResult()
                : await ClientApi.ShowAsync(http, mediator, new Command(alias, id, ifMatch))).RequireScope(AdminScope.ClientsWrite);

    internal sealed class Handler(ClientChange change) : IRequestHandler<Command, Outcome<ClientView>>
    {
        public async Task<Outcome<ClientView>> Handle(Command command, CancellationToken cancellationToken)
        {
            var outcome = await change.UpdateAsync(
                command.Alias, command.IfMatch, "client.secret_retired", takesAway: true, row => Retire(row, command.SecretId), cancellationToken);
            return outcome.IsRefused(out var row, out var problem) ? problem : ClientView.Of(change.Catalog, row.Alias, row);
        }

        private static Problem? Retire(ClientRow row, string id)
        {
            var secrets = RegisteredSecret.ReadAll(row.SecretHashes);
            var left = secrets.Where(secret => secret.Id != id).ToList();
            if (left.Count == secrets.Count) return ClientProblem.NoSuchSecret;
            row.SecretHashes = RegisteredSecret.WriteAll(left);
            return null;
        }
    }
}
