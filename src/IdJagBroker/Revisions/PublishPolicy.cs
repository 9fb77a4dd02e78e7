using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Revisions;

/// <summary>
/// <c>POST /admin/v1/policy/publish</c> <c>{files, comment?, ticket?}</c> with <c>If-Match</c>, the ETag of <c>GET /admin/v1/policy</c>: a release of these files. It
/// waits for somebody else's approval, unless none is asked for.
/// </summary>
internal static class PublishPolicy
{
    public sealed record Command(PolicyReading Files, string? Comment, string? Ticket, IfMatch IfMatch) : IRequest<Outcome<PolicyRelease>>;

    public static void Map(IEndpointRouteBuilder policy) => policy.MapPost("/publish", async (HttpContext http, IMediator mediator) =>
        (await ReadAsync(http)).IsRefused(out var command, out var problem)
            ? problem.ToResult()
            : PolicyApi.Show(http, await mediator.Send(command, http.RequestAborted), isNew: true)).RequireScope(AdminScope.PolicyWrite);

    internal sealed class Handler(ReleaseChange change, RevisionCheck check) : IRequestHandler<Command, Outcome<PolicyRelease>>
    {
        public async Task<Outcome<PolicyRelease>> Handle(Command command, CancellationToken cancellationToken)
        {
            var load = check.Check(command.Files);
            return load.Snapshot is { } snapshot
                ? await change.PublishAsync(new PolicyDraft(snapshot, command.Comment, command.Ticket), command.IfMatch, cancellationToken)
                : ReleaseProblem.Invalid(load.Diagnostics);
        }
    }

    private static async Task<Outcome<Command>> ReadAsync(HttpContext http)
    {
        if (IfMatch.Read(http.Request, required: true).IsRefused(out var ifMatch, out var problem)) return problem;
        if ((await PolicyBody.ReadAsync(http.Request, http.RequestAborted)).IsRefused(out var body, out problem)) return problem;
        if (PolicyBody.Files(body).IsRefused(out var files, out problem)) return problem;
        var (comment, ticket) = (body.Text("comment"), body.Text("ticket"));
        return (body.End() ?? PolicyApi.TextFault(comment, "comment") ?? PolicyApi.TicketFault(ticket)) is { } fault ? fault : new Command(files, comment, ticket, ifMatch);
    }
}
