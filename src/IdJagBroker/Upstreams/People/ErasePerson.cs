using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Control;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Upstreams.People;

/// <summary>
/// <c>DELETE /admin/v1/people/{subject_key}</c> <c>{reason}</c>: nobody can tell any more whom the key stood for. The log stays as it is, and
/// so does every proof over it; who comes back is somebody new.
/// </summary>
internal static class ErasePerson
{
    /// <param name="SubjectKey">Whom.</param>
    /// <param name="Record">What is written down about it.</param>
    public sealed record Command(string SubjectKey, AuditEvent Record) : IRequest<Done>;

    /// <param name="Refusal">Null, or why the person was not erased.</param>
    public sealed record Done(Problem? Refusal);

    public static void Map(IEndpointRouteBuilder people) => people.MapDelete("/{subject_key}", async (HttpContext http, string subject_key, IMediator mediator, TimeProvider clock) =>
    {
        if ((await JsonBody.ReadAsync(http.Request, mayBeEmpty: false, http.RequestAborted)).IsRefused(out var body, out var problem)) return problem.ToResult();
        body.Required("reason");
        var reason = body.Text("reason");
        if ((body.End() ?? OperatorReason.Fault(reason)) is { } fault) return fault.ToResult();
        if (subject_key.Contains('\0')) return PersonApi.NotFound.ToResult();
        var record = PersonEvent.Erased(subject_key, reason!, CurrentAdministrator.Of(http), clock.GetUtcNow()).From(http);
        return (await mediator.Send(new Command(subject_key, record), http.RequestAborted)).Refusal?.ToResult() ?? Results.NoContent();
    }).RequireScope(AdminScope.AuditErase);

    internal sealed class Handler(PersonErasure erasure, PersonDirectory people) : IRequestHandler<Command, Done>
    {
        public async Task<Done> Handle(Command command, CancellationToken cancellationToken)
        {
            if (await erasure.EraseAsync(command.SubjectKey, command.Record, cancellationToken) is { } refusal) return new Done(refusal);
            people.Forget(command.SubjectKey);      // here at once; the other replicas are told by the database
            return new Done(null);
        }
    }
}
