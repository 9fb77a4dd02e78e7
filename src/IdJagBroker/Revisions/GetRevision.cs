using System.Text.Json.Serialization;
using IdJagBroker.Audit;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;
using Npgsql;

namespace IdJagBroker.Revisions;

/// <summary><c>GET /admin/v1/policy/revisions/{revision}</c>: its files, as they were read or published.</summary>
internal static class GetRevision
{
    public sealed record Query(string Revision) : IRequest<Outcome<Answer>>;

    public sealed record Answer(
        [property: JsonPropertyName("revision")] string Revision,
        [property: JsonPropertyName("files")] IReadOnlyList<FileView> Files);

    public sealed record FileView([property: JsonPropertyName("name")] string Name, [property: JsonPropertyName("text")] string Text);

    public static void Map(IEndpointRouteBuilder policy) => policy.MapGet("/revisions/{revision}", async (HttpContext http, string revision, IMediator mediator) =>
        (await mediator.Send(new Query(revision), http.RequestAborted)).IsRefused(out var answer, out var problem) ? problem.ToResult() : Results.Ok(answer)).RequireScope(AdminScope.PolicyRead);

    internal sealed class Handler(NpgsqlDataSource database) : IRequestHandler<Query, Outcome<Answer>>
    {
        public async Task<Outcome<Answer>> Handle(Query query, CancellationToken cancellationToken)
        {
            if (!BundleFiles.IsRevision(query.Revision)) return ReleaseProblem.NoRevision;
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            if (await PolicyRevisionTable.FindAsync(connection, query.Revision, cancellationToken) is not { } files) return ReleaseProblem.NoRevision;
            // What is shown here is what an approver reads.
            return PolicyRevision.Of(files) == query.Revision ? new Answer(query.Revision, [.. files.Select(file => new FileView(file.Name, file.Text))]) : ReleaseProblem.Altered;
        }
    }
}
