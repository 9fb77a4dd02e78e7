using IdJagBroker.Hosting;
using IdJagBroker.Keys.Control;
using IdJagBroker.Policies;
using IdJagBroker.Storage;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Audit.Exports;

/// <summary>
/// <c>POST /admin/v1/audit/exports</c> <c>{filter?: {from,to,type,client,outcome,resource,subject}, reason}</c>: 202, and where to ask for it.
/// Events up to the newest checkpoint are exported.
/// </summary>
internal static class CreateExport
{
    public sealed record Command(ExportFilter Filter, string Reason, Administrator By) : IRequest<Outcome<ExportJob>>;

    public static void Map(IEndpointRouteBuilder exports) => exports.MapPost("", async (HttpContext http, IMediator mediator) =>
    {
        if ((await ReadAsync(http)).IsRefused(out var command, out var problem)) return problem.ToResult();
        return (await mediator.Send(command, http.RequestAborted)).IsRefused(out var job, out problem) ? problem.ToResult() : Results.Accepted($"/admin/v1/audit/exports/{job.Id}", job);
    }).RequireScope(AdminScope.AuditExport);

    internal sealed class Handler(ExportTable table, BrokerDbContext db, ActivePolicy policy, IOptions<ExportOptions> options, TimeProvider clock) : IRequestHandler<Command, Outcome<ExportJob>>
    {
        public async Task<Outcome<ExportJob>> Handle(Command request, CancellationToken cancellationToken)
        {
            if ((await InTheLogsWordsAsync(request.Filter, cancellationToken)).IsRefused(out var filter, out var problem)) return problem;
            var now = clock.GetUtcNow();
            var job = new ExportJob(Guid.CreateVersion7(now), ExportJob.Queued, now, request.By.Key, request.Reason, filter.ToJson());
            return await table.AddAsync(job, options.Value.MaxKept, request.By, cancellationToken)
                ? job
                : new Problem(StatusCodes.Status409Conflict, "too-many-exports", $"There are {options.Value.MaxKept} exports that wait or have files; remove one.");
        }

        // Auditors know people by the upstream's id and servers by an alias; the log knows a random key and an address.
        private async Task<Outcome<ExportFilter>> InTheLogsWordsAsync(ExportFilter asked, CancellationToken ct)
        {
            var catalog = policy.Current.Catalog;
            var keys = new List<string>();
            foreach (var subject in asked.Subject)
            {
                if (subject.Split('|', 2) is not [var alias, var id] || !catalog.Idps.TryGetValue(alias, out var upstream)) keys.Add(subject);
                else if (await db.People.Where(p => p.Upstream == upstream.Issuer.Value && p.UpstreamId == id).Select(p => p.SubjectKey).FirstOrDefaultAsync(ct) is { } key) keys.Add(key);
                else return Problem.Invalid("'subject' names somebody whom the broker has not seen.", "/filter/subject");
            }
            return asked with { Subject = keys, Resource = [.. asked.Resource.Select(name => catalog.Resources.TryGetValue(name, out var resource) ? resource.Uri.Value : name)] };
        }
    }

    private static async Task<Outcome<Command>> ReadAsync(HttpContext http)
    {
        if ((await JsonBody.ReadAsync(http.Request, mayBeEmpty: false, http.RequestAborted)).IsRefused(out var body, out var problem)) return problem;
        var reason = body.Text("reason");
        var filter = ExportFilter.None;
        if (body.Optional("filter") is { } given)
        {
            if (given.ValueKind is not System.Text.Json.JsonValueKind.Object) return Problem.Invalid("'filter' must be an object.", "/filter");
            if (ExportFilter.Read(new JsonMembers(given)).IsRefused(out filter, out problem)) return problem;
        }
        if (reason is null) body.Required("reason");
        return (body.End() ?? OperatorReason.Fault(reason)) is { } fault ? fault : new Command(filter, reason!, CurrentAdministrator.Of(http));
    }
}
