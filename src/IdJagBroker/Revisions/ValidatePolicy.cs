using System.Text.Json.Serialization;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Revisions;

/// <summary><c>POST /admin/v1/policy/validate</c> <c>{files}</c>: what publishing them would say. 200 with the warnings, or 422 with everything that is wrong. Changes nothing.</summary>
internal static class ValidatePolicy
{
    public sealed record Command(PolicyReading Files) : IRequest<Outcome<Answer>>;

    public sealed record Answer(
        [property: JsonPropertyName("revision")] string Revision,
        [property: JsonPropertyName("rules")] int Rules,
        [property: JsonPropertyName("clients")] int Clients,
        [property: JsonPropertyName("resources")] int Resources,
        [property: JsonPropertyName("diagnostics")] IReadOnlyList<PolicyProblem> Diagnostics);

    public static void Map(IEndpointRouteBuilder policy) => policy.MapPost("/validate", async (HttpContext http, IMediator mediator) =>
    {
        if ((await PolicyBody.ReadAsync(http.Request, http.RequestAborted)).IsRefused(out var body, out var problem) || PolicyBody.Files(body).IsRefused(out var files, out problem)) return problem.ToResult();
        if (body.End() is { } fault) return fault.ToResult();
        return (await mediator.Send(new Command(files), http.RequestAborted)).IsRefused(out var answer, out problem) ? problem.ToResult() : Results.Ok(answer);
    }).RequireScope(AdminScope.PolicyWrite);

    internal sealed class Handler(RevisionCheck check) : IRequestHandler<Command, Outcome<Answer>>
    {
        public Task<Outcome<Answer>> Handle(Command request, CancellationToken cancellationToken)
        {
            var load = check.Check(request.Files);
            return Task.FromResult<Outcome<Answer>>(load.Snapshot is not { } snapshot ? ReleaseProblem.Invalid(load.Diagnostics) : new Answer(
                snapshot.Revision, snapshot.Rules.Length, snapshot.Catalog.Clients.Count, snapshot.Catalog.Resources.Count, [.. load.Diagnostics.Select(PolicyProblem.Of)]));
        }
    }
}
