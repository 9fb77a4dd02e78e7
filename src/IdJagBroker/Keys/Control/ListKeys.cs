using System.Text.Json.Serialization;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Life;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Keys.Control;

/// <summary><c>GET /admin/v1/keys?state=…</c>: the keys of that state, or all that are not removed; the newest first.</summary>
internal static class ListKeys
{
    private const int MaxKeys = 1_000;

    /// <param name="State">Only those; null: all but the removed.</param>
    public sealed record Query(KeyState? State) : IRequest<Page>;

    /// <param name="Keys">The newest first.</param>
    /// <param name="Replicas">Those that run.</param>
    public sealed record Page(
        [property: JsonPropertyName("keys")] IReadOnlyList<KeyView> Keys,
        [property: JsonPropertyName("replicas")] IReadOnlyList<string> Replicas);

    public static void Map(IEndpointRouteBuilder keys) => keys.MapGet("", async (HttpContext http, IMediator mediator) =>
        ReadQuery(http.Request.Query).IsRefused(out var query, out var problem)
            ? problem.ToResult()
            : Results.Ok(await mediator.Send(query, http.RequestAborted))).RequireScope(AdminScope.KeysRead);

    internal sealed class Handler(KeyTable table, KeyProviders providers, TimeProvider clock) : IRequestHandler<Query, Page>
    {
        public async Task<Page> Handle(Query query, CancellationToken cancellationToken)
        {
            var board = await KeyBoard.ReadAsync(table, providers, clock, cancellationToken);
            var keys = board.Keys.Where(key => query.State is { } state ? key.State == state : key.State is not KeyState.Removed);
            return new Page(
                [.. keys.Reverse().Take(MaxKeys).Select(key => KeyView.Of(board, key))],
                [.. board.Replicas.Select(replica => replica.Node).Order(StringComparer.Ordinal)]);
        }
    }

    private static Outcome<Query> ReadQuery(IQueryCollection parameters)
    {
        if (parameters.Keys.Any(name => name is not "state")) return Problem.Invalid("There is one parameter here: state.");
        if (parameters["state"].Count is 0) return new Query((KeyState?)null);
        return parameters["state"] is [{ } word] && KeyWords.TryState(word, out var state)
            ? new Query(state)
            : Problem.Invalid($"state is one of {KeyWords.AllStates}.");
    }
}
