using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Life;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Keys.Control;

/// <summary>
/// <c>POST /admin/v1/keys/{kid}/retire</c> <c>{reason?}</c> with <c>If-Match</c>: a key that signs gives way to the next, if that can take over
/// now; one that never signed is removed. Of a key that signs no more, nothing changes.
/// </summary>
internal static class RetireKey
{
    public sealed record Command(string Kid, IfMatch IfMatch, KeyActor Actor) : IRequest<Outcome<KeyView>>;

    public static void Map(IEndpointRouteBuilder keys) => keys.MapPost("/{kid}/retire", async (HttpContext http, string kid, IMediator mediator, SigningKeyRing ring) =>
    {
        if ((await ReadAsync(http, kid)).IsRefused(out var command, out var problem)) return problem.ToResult();
        if ((await mediator.Send(command, http.RequestAborted)).IsRefused(out var key, out problem)) return problem.ToResult();
        await KeyApi.KnowAtOnceAsync(ring);
        http.Response.Headers.ETag = IfMatch.TagOf(key.Version);
        return Results.Ok(key);
    }).RequireScope(AdminScope.KeysWrite);

    internal sealed class Handler(KeyTable table, KeyProviders providers, TimeProvider clock) : IRequestHandler<Command, Outcome<KeyView>>
    {
        public async Task<Outcome<KeyView>> Handle(Command command, CancellationToken cancellationToken)
        {
            var board = await KeyBoard.ReadAsync(table, providers, clock, cancellationToken);
            if (board.Find(command.Kid) is not { } key) return KeyProblem.NotFound;
            if (command.IfMatch.Check(key.Version) is { } stale) return stale;
            var refusal = key.State switch
            {
                KeyState.Created or KeyState.Published => await table.RemoveAsync(key, command.Actor, cancellationToken) ? null : KeyProblem.Moved,
                KeyState.Active => await ReplaceAsync(board, key, command.Actor, cancellationToken),
                _ => null,
            };
            if (refusal is not null) return refusal;
            board = await KeyBoard.ReadAsync(table, providers, clock, cancellationToken);
            return KeyView.Of(board, board.Find(command.Kid)!);
        }

        private async Task<Problem?> ReplaceAsync(KeyBoard board, SigningKeyRow active, KeyActor actor, CancellationToken ct)
        {
            if (board.NextOf(active.Slot) is not { } next || !KeyLife.CanTakeOver(next, board.Replicas, board.Now)) return KeyProblem.NoSuccessor(board, active);
            return await table.ActivateAsync(next, active, emergency: false, actor, ct) ? null : KeyProblem.Moved;
        }
    }

    private static async Task<Outcome<Command>> ReadAsync(HttpContext http, string kid)
    {
        if (IfMatch.Read(http.Request, required: true).IsRefused(out var ifMatch, out var problem)) return problem;
        if ((await JsonBody.ReadAsync(http.Request, mayBeEmpty: true, http.RequestAborted)).IsRefused(out var body, out problem)) return problem;
        var reason = body.Text("reason");
        return (body.End() ?? OperatorReason.Fault(reason)) is { } fault ? fault : new Command(kid, ifMatch, KeyActor.Of(CurrentAdministrator.Of(http)) with { Reason = reason });
    }
}
