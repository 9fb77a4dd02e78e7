using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Audit.Exports;

/// <summary><c>DELETE /admin/v1/audit/exports/{id}</c>: removes the files, or withdraws what is not made yet. That it was made stays on record.</summary>
internal static class RemoveExport
{
    public sealed record Command(Guid Id, Administrator By) : IRequest<Outcome<ExportJob>>;

    public static void Map(IEndpointRouteBuilder exports) => exports.MapDelete("/{id:guid}", async (HttpContext http, Guid id, IMediator mediator) =>
        (await mediator.Send(new Command(id, CurrentAdministrator.Of(http)), http.RequestAborted)).IsRefused(out _, out var problem) ? problem.ToResult() : Results.NoContent())
        .RequireScope(AdminScope.AuditExport);

    internal sealed class Handler(ExportTable table, ExportDirectory exports, TimeProvider clock) : IRequestHandler<Command, Outcome<ExportJob>>
    {
        public async Task<Outcome<ExportJob>> Handle(Command request, CancellationToken cancellationToken)
        {
            if (await table.FindAsync(request.Id, cancellationToken) is not { } job) return ExportApi.NotFound;
            await table.RemoveAsync(job, request.By, clock.GetUtcNow(), cancellationToken);
            if (!job.IsOpen) exports.Remove(job.Id);        // what is being made is removed by who makes it
            return job;
        }
    }
}
