using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Revisions;

/// <summary>
/// <c>POST /admin/v1/policy/rollback</c> <c>{revision, reason, ticket?}</c> with <c>If-Match</c>, the ETag of <c>GET /admin/v1/policy</c>: a release of a revision that
/// decided before. It waits for approval as any other: what was right a month ago need not be today.
/// </summary>
internal static class RollBackPolicy
{
    public sealed record Command(string Revision, string Reason, string? Ticket, IfMatch IfMatch) : IRequest<Outcome<PolicyRelease>>;

    public static void Map(IEndpointRouteBuilder policy) => policy.MapPost("/rollback", async (HttpContext http, IMediator mediator) =>
        (await ReadAsync(http)).IsRefused(out var command, out var problem)
            ? problem.ToResult()
            : PolicyApi.Show(http, await mediator.Send(command, http.RequestAborted), isNew: true)).RequireScope(AdminScope.PolicyWrite);

    internal sealed class Handler(ReleaseChange change) : IRequestHandler<Command, Outcome<PolicyRelease>>
    {
        public Task<Outcome<PolicyRelease>> Handle(Command command, CancellationToken cancellationToken) =>
            change.RollBackAsync(command.Revision, command.Reason, command.Ticket, command.IfMatch, cancellationToken);
    }

    private static async Task<Outcome<Command>> ReadAsync(HttpContext http)
    {
        if (IfMatch.Read(http.Request, required: true).IsRefused(out var ifMatch, out var problem)) return problem;
        if ((await JsonBody.ReadAsync(http.Request, mayBeEmpty: false, http.RequestAborted)).IsRefused(out var body, out problem)) return problem;
        body.Required("revision");
        body.Required("reason");
        var (revision, reason, ticket) = (body.Text("revision"), body.Text("reason"), body.Text("ticket"));
        if ((body.End() ?? PolicyApi.TextFault(reason, "reason") ?? PolicyApi.TicketFault(ticket)) is { } fault) return fault;
        return Audit.Proof.BundleFiles.IsRevision(revision) ? new Command(revision!, reason!, ticket, ifMatch) : Problem.Invalid("'revision' is sha256: and 64 hex digits.", "/revision");
    }
}
