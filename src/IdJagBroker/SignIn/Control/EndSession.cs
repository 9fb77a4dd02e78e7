using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Control;
using IdJagBroker.Policies;
using IdJagBroker.SignIn.Sessions;
using MediatR;

namespace IdJagBroker.SignIn.Control;

/// <summary>
/// <c>DELETE /admin/v1/sessions/{sid}</c> <c>{reason}</c>: signs somebody out. What clients were given in the session is worth nothing from then on, here at once and on every
/// replica within 3 s; ID-JAGs and access tokens that were issued before live on. The person can sign in again: for that there are locks.
/// </summary>
internal static class EndSession
{
    /// <param name="Sid">Which; null: all of the person's.</param>
    /// <param name="Subject">The person's key; null: whoever's the session is.</param>
    /// <param name="By">Adds to the record who did it, why and from where.</param>
    public sealed record Command(string? Sid, string? Subject, Func<AuditEvent, AuditEvent> By) : IRequest<int>;

    public static void Map(IEndpointRouteBuilder sessions) => sessions.MapDelete("/{sid}", async (HttpContext http, string sid, IMediator mediator) =>
    {
        if ((await ReadAsync(http, sid, null)).IsRefused(out var command, out var problem)) return problem.ToResult();
        return SessionApi.IsName(sid) && await mediator.Send(command, http.RequestAborted) > 0 ? Results.NoContent() : SessionApi.NotFound.ToResult();
    }).RequireScope(AdminScope.SessionsWrite);

    /// <summary>Reads the body. Refuses with 400.</summary>
    public static async Task<Outcome<Command>> ReadAsync(HttpContext http, string? sid, string? subject)
    {
        if ((await JsonBody.ReadAsync(http.Request, mayBeEmpty: false, http.RequestAborted)).IsRefused(out var body, out var problem)) return problem;
        body.Required("reason");
        var reason = body.Text("reason");
        if ((body.End() ?? OperatorReason.Fault(reason)) is { } fault) return fault;
        var administrator = CurrentAdministrator.Of(http);
        // The session stays the one that ends: it joins this to all else that happened in it.
        return new Command(sid, subject, record => record.From(http).By(administrator) with { ActorSession = record.ActorSession, Data = EventData.Of(new JsonObject { ["reason"] = reason }) });
    }

    internal sealed class Handler(SessionTable sessions, SessionEnding ending) : IRequestHandler<Command, int>
    {
        /// <summary>Ends them, and says how many; one that was ended before counts nothing.</summary>
        public async Task<int> Handle(Command command, CancellationToken cancellationToken)
        {
            var open = await sessions.FindOpenAsync(command.Sid, command.Subject, cancellationToken);
            return open.Count is 0 ? 0 : (await ending.EndAllAsync(open, SessionEnding.ByAdministrator, [], command.By, cancellationToken)).Ended;
        }
    }
}
