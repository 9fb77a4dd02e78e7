using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;
using Npgsql;

namespace IdJagBroker.Revisions;

/// <summary><c>GET /admin/v1/policy/releases/{number}</c>: a release, with the entity tag that approving and rejecting it ask for.</summary>
internal static class GetRelease
{
    public sealed record Query(long Number) : IRequest<Outcome<PolicyRelease>>;

    public static void Map(IEndpointRouteBuilder policy) => policy.MapGet("/releases/{number:long}", async (HttpContext http, long number, IMediator mediator) =>
        PolicyApi.Show(http, await mediator.Send(new Query(number), http.RequestAborted))).RequireScope(AdminScope.PolicyRead);

    internal sealed class Handler(NpgsqlDataSource database) : IRequestHandler<Query, Outcome<PolicyRelease>>
    {
        public async Task<Outcome<PolicyRelease>> Handle(Query query, CancellationToken cancellationToken)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            return await ReleaseTable.FindAsync(connection, query.Number, cancellationToken) is { } release ? release : ReleaseProblem.NoRelease;
        }
    }
}
