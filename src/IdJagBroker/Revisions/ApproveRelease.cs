using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Revisions;

/// <summary>
/// <c>POST /admin/v1/policy/releases/{number}/approve</c> with <c>If-Match</c>: the release decides, on every replica within seconds. Somebody else than its
/// author does this, and of what they have looked at.
/// </summary>
internal static class ApproveRelease
{
    public sealed record Command(long Number, IfMatch IfMatch) : IRequest<Outcome<PolicyRelease>>;

    public static void Map(IEndpointRouteBuilder policy) => policy.MapPost("/releases/{number:long}/approve", async (HttpContext http, long number, IMediator mediator) =>
    {
        if (IfMatch.Read(http.Request, required: true).IsRefused(out var ifMatch, out var problem)) return problem.ToResult();
        if ((await JsonBody.ReadAsync(http.Request, mayBeEmpty: true, http.RequestAborted)).IsRefused(out var body, out problem)) return problem.ToResult();
        return body.End() is { } fault ? fault.ToResult() : PolicyApi.Show(http, await mediator.Send(new Command(number, ifMatch), http.RequestAborted));
    }).RequireScope(AdminScope.PolicyApprove);

    internal sealed class Handler(ReleaseDecision decision) : IRequestHandler<Command, Outcome<PolicyRelease>>
    {
        public Task<Outcome<PolicyRelease>> Handle(Command command, CancellationToken cancellationToken) => decision.ApproveAsync(command.Number, command.IfMatch, cancellationToken);
    }
}
