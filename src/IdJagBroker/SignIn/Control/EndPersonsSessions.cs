using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.SignIn.Control;

/// <summary><c>DELETE /admin/v1/sessions?subject=…</c> <c>{reason}</c>: signs a person out everywhere. Says how many sessions were ended, which may be none.</summary>
internal static class EndPersonsSessions
{
    public static void Map(IEndpointRouteBuilder sessions) => sessions.MapDelete("", async (HttpContext http, IMediator mediator) =>
    {
        if (http.Request.Query is not { Count: 1 } query || query["subject"] is not [{ } subject] || !SessionApi.IsName(subject))
            return Problem.Invalid("Give one subject: the person's key, as events have it.").ToResult();
        if ((await EndSession.ReadAsync(http, null, subject)).IsRefused(out var command, out var problem)) return problem.ToResult();
        return Results.Ok(new EndedSessions(await mediator.Send(command, http.RequestAborted)));
    }).RequireScope(AdminScope.SessionsWrite);
}

/// <param name="Ended">How many.</param>
internal sealed record EndedSessions([property: System.Text.Json.Serialization.JsonPropertyName("ended")] int Ended);
