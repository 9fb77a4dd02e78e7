using IdJagBroker.Egress;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Clients.Registry;

/// <summary>
/// <c>PUT /admin/v1/clients/{alias}/jwks_uri</c> <c>{jwks_uri}</c> with <c>If-Match</c>: the client's public keys are where it publishes them
/// (RFC 7591 §2), instead of here. Nothing is fetched before the client first comes.
/// </summary>
internal static class SetClientKeysAddress
{
    private const int MaxChars = 2048;

    public sealed record Command(string Alias, IfMatch IfMatch, string Address) : IRequest<Outcome<ClientView>>;

    public static void Map(IEndpointRouteBuilder clients) => clients.MapPut("/{alias}/jwks_uri",
        async (HttpContext http, string alias, IMediator mediator, EgressClient egress) =>
            (await ReadAsync(http, alias, egress)).IsRefused(out var command, out var problem)
                ? problem.ToResult()
                : await ClientApi.ShowAsync(http, mediator, command)).RequireScope(AdminScope.ClientsWrite);

    internal sealed class Handler(ClientChange change) : IRequestHandler<Command, Outcome<ClientView>>
    {
        public async Task<Outcome<ClientView>> Handle(Command command, CancellationToken cancellationToken)
        {
            var outcome = await change.UpdateAsync(command.Alias, command.IfMatch, "client.keys_set", takesAway: false, row =>
            {
                if (change.Catalog.Clients[row.Alias].Auth is not ClientAuth.PrivateKeyJwt and var auth) return ClientProblem.AnotherMethod(auth);
                (row.Jwks, row.JwksUri) = (null, command.Address);
                return null;
            }, cancellationToken);
            return outcome.IsRefused(out var row, out var problem) ? problem : ClientView.Of(change.Catalog, row.Alias, row);
        }
    }

    private static async Task<Outcome<Command>> ReadAsync(HttpContext http, string alias, EgressClient egress)
    {
        if (IfMatch.Read(http.Request, required: true).IsRefused(out var ifMatch, out var problem)) return problem;
        if ((await JsonBody.ReadAsync(http.Request, mayBeEmpty: false, http.RequestAborted)).IsRefused(out var body, out problem)) return problem;
        body.Required("jwks_uri");
        var address = body.Text("jwks_uri");
        if (body.End() is { } fault) return fault;
        return address!.Length <= MaxChars && address.All(c => c is > ' ' and <= '~') && !address.Contains('#')
            && Uri.TryCreate(address, UriKind.Absolute, out var url) && egress.IsPermitted(url)
            ? new Command(alias, ifMatch, address)
            : Problem.Invalid($"'jwks_uri' must be an https URL without user information and fragment, of at most {MaxChars} characters.", "/jwks_uri");
    }
}
