using System.Text.Json.Serialization;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.SignIn.Control;

/// <summary>
/// <c>GET /admin/v1/sessions?subject=…&amp;state=…&amp;limit=…&amp;after=…</c>: those that are active, or with <c>state=all</c> all that are still known; the newest
/// first, paged by key: <c>next</c> is there while there may be more.
/// </summary>
internal static class ListSessions
{
    private const int MaxSessions = 1_000;
    private const int DefaultSessions = 100;

    /// <param name="Subject">A person's key in the log; null: everybody's.</param>
    /// <param name="All">Also those that are expired or ended.</param>
    /// <param name="After">Only those that began before that one; null: from the newest on.</param>
    /// <param name="Limit">At most so many.</param>
    public sealed record Query(string? Subject, bool All, string? After, int Limit) : IRequest<Page>;

    /// <param name="Next">What to give as <c>after</c> for the next page; absent on the last.</param>
    public sealed record Page(
        [property: JsonPropertyName("sessions")] IReadOnlyList<SessionView> Sessions,
        [property: JsonPropertyName("next")] string? Next);

    public static void Map(IEndpointRouteBuilder sessions) => sessions.MapGet("", async (HttpContext http, IMediator mediator) =>
        ReadQuery(http.Request.Query).IsRefused(out var query, out var problem)
            ? problem.ToResult()
            : Results.Ok(await mediator.Send(query, http.RequestAborted))).RequireScope(AdminScope.SessionsRead);

    internal sealed class Handler(SessionList list, ActivePolicy policy, TimeProvider clock) : IRequestHandler<Query, Page>
    {
        public async Task<Page> Handle(Query query, CancellationToken cancellationToken)
        {
            var found = await list.ReadAsync(query, policy.Current.Catalog, clock.GetUtcNow(), cancellationToken);
            return new Page(found, found.Count == query.Limit ? found[^1].Sid : null);
        }
    }

    private static Outcome<Query> ReadQuery(IQueryCollection parameters)
    {
        foreach (var (name, values) in parameters)
        {
            if (name is not ("subject" or "state" or "limit" or "after")) return Problem.Invalid("There are four parameters here: subject, state, limit and after.");
            if (values.Count > 1) return Problem.Invalid($"'{name}' is given more than once.");
        }
        if (parameters["state"] is [var state] && state is not ("active" or "all")) return Problem.Invalid("state is active or all.");
        var limit = DefaultSessions;
        if (parameters["limit"] is [{ } number] && (!int.TryParse(number, out limit) || limit is < 1 or > MaxSessions)) return Problem.Invalid($"limit is 1 to {MaxSessions}.");
        if (parameters["subject"] is [{ } subject] && !SessionApi.IsName(subject)) return Problem.Invalid("subject is a person's key, as events have it.");
        if (parameters["after"] is [{ } after] && !SessionApi.IsName(after)) return Problem.Invalid("after is the 'next' of a page.");
        return new Query(parameters["subject"], parameters["state"] is ["all"], parameters["after"], limit);
    }
}
