using IdJagBroker.Hosting;
using IdJagBroker.Keys.Life;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Keys.Control;

/// <summary><c>GET /admin/v1/keys/{kid}</c>: a key with its public half, where its private half is, and the vault's statement over it.</summary>
internal static class GetKey
{
    public sealed record Query(string Kid) : IRequest<Outcome<KeyDetail>>;

    public static void Map(IEndpointRouteBuilder keys) => keys.MapGet("/{kid}", async (HttpContext http, string kid, IMediator mediator) =>
    {
        if ((await mediator.Send(new Query(kid), http.RequestAborted)).IsRefused(out var detail, out var problem)) return problem.ToResult();
        http.Response.Headers.ETag = IfMatch.TagOf(detail.Key.Version);
        return Results.Ok(detail);
    }).RequireScope(AdminScope.KeysRead);

    internal sealed class Handler(KeyTable table, KeyProviders providers, TimeProvider clock) : IRequestHandler<Query, Outcome<KeyDetail>>
    {
        public async Task<Outcome<KeyDetail>> Handle(Query query, CancellationToken cancellationToken)
        {
            var board = await KeyBoard.ReadAsync(table, providers, clock, cancellationToken);
            return board.Find(query.Kid) is { } key ? KeyDetail.Of(board, key) : KeyProblem.NotFound;
        }
    }
}
