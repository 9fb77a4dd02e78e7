using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Locks;

/// <summary><c>GET /admin/v1/locks/{id}</c>: one lock, in force or not, with its entity tag.</summary>
internal static class GetLock
{
    public sealed record Query(Guid? Id) : IRequest<Outcome<LockView>>;

    public static void Map(IEndpointRouteBuilder locks) => locks.MapGet("/{id}",
        (HttpContext http, string id, IMediator mediator) => LockApi.ShowAsync(http, mediator, new Query(LockApi.IdOf(id)))).RequireScope(AdminScope.LocksRead);

    internal sealed class Handler(LockTable table, TimeProvider clock) : IRequestHandler<Query, Outcome<LockView>>
    {
        public async Task<Outcome<LockView>> Handle(Query query, CancellationToken cancellationToken) =>
            query.Id is { } id && await table.FindAsync(id, cancellationToken) is { } one ? LockView.Of(one, clock.GetUtcNow()) : LockProblem.NotFound;
    }
}
