using System.Text.Json.Serialization;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using MediatR;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Revisions;

/// <summary>
/// <c>GET /admin/v1/policy</c>: what decides, since when, and whether every replica is on it. The entity tag is that of the release in force, which a
/// publication names as what it was made from.
/// </summary>
internal static class GetPolicy
{
    public sealed record Query : IRequest<Answer>;

    /// <param name="Source"><c>directory</c> or <c>database</c>.</param>
    /// <param name="Revision">What is to decide everywhere: the approved release's, or of a directory this replica's own; absent while there is none.</param>
    /// <param name="Replicas">Who decides by what.</param>
    /// <param name="LastReload">How this replica's last attempt to follow the source ended.</param>
    public sealed record Answer(
        [property: JsonPropertyName("source")] string Source,
        [property: JsonPropertyName("revision")] string? Revision,
        [property: JsonPropertyName("replicas")] ReplicasView Replicas,
        [property: JsonPropertyName("last_reload")] ReloadView LastReload)
    {
        /// <summary>Of a database: <c>required</c> or <c>none</c>.</summary>
        [JsonPropertyName("approval")] public string? Approval { get; init; }

        [JsonPropertyName("number")] public long? Number { get; init; }

        [JsonPropertyName("active_since")] public DateTimeOffset? ActiveSince { get; init; }

        /// <summary>The releases that wait for approval.</summary>
        [JsonPropertyName("pending")] public IReadOnlyList<long>? Pending { get; init; }

        [JsonIgnore] public string? Tag { get; init; }
    }

    /// <param name="Total">Those that run.</param>
    /// <param name="OnIt">Those that decide by <see cref="Answer.Revision"/>.</param>
    /// <param name="List">All of them.</param>
    public sealed record ReplicasView(
        [property: JsonPropertyName("total")] int Total,
        [property: JsonPropertyName("on_it")] int OnIt,
        [property: JsonPropertyName("list")] IReadOnlyList<ReplicaView> List);

    public sealed record ReloadView(
        [property: JsonPropertyName("ok")] bool Ok,
        [property: JsonPropertyName("at")] DateTimeOffset At,
        [property: JsonPropertyName("reason")] string? Reason,
        [property: JsonPropertyName("problems")] IReadOnlyList<PolicyProblem> Problems);

    public static void Map(IEndpointRouteBuilder policy) => policy.MapGet("", async (HttpContext http, IMediator mediator) =>
    {
        var answer = await mediator.Send(new Query(), http.RequestAborted);
        if (answer.Tag is not null) http.Response.Headers.ETag = answer.Tag;
        return Results.Ok(answer);
    }).RequireScope(AdminScope.PolicyRead);

    internal sealed class Handler(NpgsqlDataSource database, ActivePolicy policy, ReloadStatus status, IOptions<PolicySourceOptions> options) : IRequestHandler<Query, Answer>
    {
        public async Task<Answer> Handle(Query request, CancellationToken cancellationToken)
        {
            await using var connection = await database.OpenConnectionAsync(cancellationToken);
            var replicas = await ReplicaTable.ReadAsync(connection, cancellationToken);
            var last = status.Last;
            var reload = new ReloadView(last.Refused is null, last.At, last.Refused?.Reason, last.Refused?.Problems ?? []);
            if (!options.Value.IsDatabase)
            {
                var revision = policy.Current.Revision;
                return new Answer(options.Value.Source, revision, On(revision, replicas), reload) { ActiveSince = status.Since };
            }
            var inForce = await ReleaseTable.NewestApprovedAsync(connection, cancellationToken);
            return new Answer(options.Value.Source, inForce?.Revision, On(inForce?.Revision, replicas), reload)
            {
                Approval = options.Value.Approval, Number = inForce?.Number, ActiveSince = inForce?.ApprovedAt,
                Pending = await ReleaseTable.PendingAsync(connection, cancellationToken), Tag = IfMatch.TagOf(inForce?.Number ?? 0),
            };
        }

        private static ReplicasView On(string? revision, IReadOnlyList<ReplicaView> replicas) =>
            new(replicas.Count, replicas.Count(replica => revision is not null && replica.Revision == revision), replicas);
    }
}
