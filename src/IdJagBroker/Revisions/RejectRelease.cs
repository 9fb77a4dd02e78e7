using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Revisions;

/// <summary><c>POST /admin/v1/policy/releases/{number}/reject</c> <c>{reason}</c> with <c>If-Match</c>: the release never decides, and stays in the history.</summary>
internal static class RejectRelease
{
    public sealed record Command(long Number, string Reason, IfMatch IfMatch) : IRequest<Outcome<PolicyRelease>>;

    public static void Map(IEndpointRouteBuilder policy) => policy.MapPost("/releases/{number:long}/reject", async (HttpContext http, long number, IMediator mediator) =>
        (await ReadAsync(http, number)).IsRefused(out var command, out var problem)
            ? problem.ToResult()
            : PolicyApi.Show(http, await mediator.Send(command, http.RequestAborted))).RequireScope(AdminScope.PolicyApprove);

    internal sealed class Handler(ReleaseDecision decision) : IRequestHandler<Command, Outcome<PolicyRelease>>
    {
        public Task<Outcome<PolicyRelease>> Handle(Command command, CancellationToken cancellationToken) => decision.RejectAsync(command.Number, command.Reason, command.IfMatch, cancellationToken);
    }

    private static async Task<Outcome<Command>> ReadAsync(HttpContext http, long number)
    {
        if (IfMatch.Read(http.Request, required: true).IsRefused(out var ifMatch, out var problem)) return problem;
        if ((await JsonBody.ReadAsync(http.Request, mayBeEmpty: false, http.RequestAborted)).IsRefused(out var body, out problem)) return problem;
        body.Required("reason");
        var reason = body.Text("reason");
        return (body.End() ?? PolicyApi.TextFault(reason, "reason")) is { } fault ? fault : new Command(number, reason!, ifMatch);
    }
}
