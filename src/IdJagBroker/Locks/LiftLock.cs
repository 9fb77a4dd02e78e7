using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Control;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Locks;

/// <summary>
/// <c>DELETE /admin/v1/locks/{id}</c> <c>{reason}</c>: the lock holds no more, and says from now on who lifted it. Another lock on the same goes on
/// holding. <c>If-Match</c> is heeded, not demanded.
/// </summary>
internal static class LiftLock
{
    public sealed record Command(Guid Id, IfMatch IfMatch, string Reason, Actor Actor) : IRequest<Outcome<LockView>>;

    public static void Map(IEndpointRouteBuilder locks) => locks.MapDelete("/{id}", async (HttpContext http, string id, IMediator mediator, HeldLocks held) =>
    {
        if ((await ReadAsync(http, id)).IsRefused(out var command, out var problem)) return problem.ToResult();
        var shown = await LockApi.ShowAsync(http, mediator, command);
        await LockApi.KnowAtOnceAsync(held);
        return shown;
    }).RequireScope(AdminScope.LocksWrite);

    internal sealed class Handler(LockChange change, TimeProvider clock) : IRequestHandler<Command, Outcome<LockView>>
    {
        public async Task<Outcome<LockView>> Handle(Command command, CancellationToken cancellationToken)
        {
            var outcome = await change.LiftAsync(command.Id, command.IfMatch, command.Reason, command.Actor, cancellationToken);
            return outcome.IsRefused(out var lifted, out var problem) ? problem : LockView.Of(lifted, clock.GetUtcNow());
        }
    }

    private static async Task<Outcome<Command>> ReadAsync(HttpContext http, string id)
    {
        if (IfMatch.Read(http.Request, required: false).IsRefused(out var ifMatch, out var problem)) return problem;
        if ((await JsonBody.ReadAsync(http.Request, mayBeEmpty: false, http.RequestAborted)).IsRefused(out var body, out problem)) return problem;
        body.Required("reason");
        var reason = body.Text("reason");
        if ((body.End() ?? OperatorReason.Fault(reason)) is { } fault) return fault;
        return LockApi.IdOf(id) is { } of ? new Command(of, ifMatch, reason!, CurrentAdministrator.Of(http)) : LockProblem.NotFound;
    }
}
