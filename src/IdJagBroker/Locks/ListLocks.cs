using System.Text.Json.Serialization;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Locks;

/// <summary>
/// <c>GET /admin/v1/locks?state=…&amp;limit=…&amp;after=…</c>: those in force, or with <c>state=all</c> all that ever were; the newest first, paged by
/// key: <c>next</c> is there while there may be more.
/// </summary>
internal static class ListLocks
{
    private const int MaxLocks = 1_000;
    private const int DefaultLocks = 100;

    /// <param name="All">Also those that are expired or lifted.</param>
    /// <param name="After">Only those that were set before that one; null: from the newest on.</param>
    /// <param name="Limit">At most so many.</param>
    public sealed record Query(bool All, Guid? After, int Limit) : IRequest<Page>;

    /// <param name="Next">What to give as <c>after</c> for the next page; absent on the last.</param>
    public sealed record Page(
        [property: JsonPropertyName("locks")] IReadOnlyList<LockView> Locks,
        [property: JsonPropertyName("next")] string? Next);

    public static void Map(IEndpointRouteBuilder locks) => locks.MapGet("", async (HttpContext http, IMediator mediator) =>
        ReadQuery(http.Request.Query).IsRefused(out var query, out var problem)
            ? problem.ToResult()
            : Results.Ok(await mediator.Send(query, http.RequestAborted))).RequireScope(AdminScope.LocksRead);

    internal sealed class Handler(LockTable table, TimeProvider clock) : IRequestHandler<Query, Page>
    {
        public async Task<Page> Handle(Query query, CancellationToken cancellationToken)
        {
            var now = clock.GetUtcNow();
            var locks = await table.ListAsync(query.All ? null : now, query.After, query.Limit, cancellationToken);
            return new Page([.. locks.Select(one => LockView.Of(one, now))], locks.Count == query.Limit ? locks[^1].Id.ToString() : null);
        }
    }

    private static Outcome<Query> ReadQuery(IQueryCollection parameters)
    {
        foreach (var (name, values) in parameters)
        {
            if (name is not ("state" or "limit" or "after")) return Problem.Invalid("There are three parameters here: state, limit and after.");
            if (values.Count > 1) return Problem.Invalid($"'{name}' is given more than once.");
        }
        if (parameters["state"] is [var state] && state is not ("active" or "all")) return Problem.Invalid("state is active or all.");
        var limit = DefaultLocks;
        if (parameters["limit"] is [{ } number] && (!int.TryParse(number, out limit) || limit is < 1 or > MaxLocks)) return Problem.Invalid($"limit is 1 to {MaxLocks}.");
        Guid? after = null;
        if (parameters["after"] is [{ } id] && (after = LockApi.IdOf(id)) is null) return Problem.Invalid("after is the 'next' of a page.");
        return new Query(parameters["state"] is ["all"], after, limit);
    }
}
