using System.Text.Json.Serialization;
using IdJagBroker.Hosting;
using MediatR;

namespace IdJagBroker.Audit.Webhooks;

/// <summary>
/// <c>POST …/webhooks/{id}/secrets</c>: a new secret beside the one that is live. While both are, each delivery has a signature by each,
/// so that a receiver can change over without refusing one.
/// </summary>
internal static class AddWebhookSecret
{
    public sealed record Command(string Id, IfMatch IfMatch, DateTimeOffset? ExpiresAt) : IRequest<Outcome<Answer>>;

    /// <param name="Secret">Shown once.</param>
    public sealed record Answer(
        [property: JsonPropertyName("id")] string Id,
        [property: JsonPropertyName("secret")] string Secret,
        [property: JsonPropertyName("created_at")] DateTimeOffset CreatedAt,
        [property: JsonPropertyName("expires_at")] DateTimeOffset? ExpiresAt,
        [property: JsonIgnore] long Version)
    {
        public override string ToString() => $"{nameof(Answer)} {Id}";
    }

    private static readonly Problem TwoSecretsLive = new(StatusCodes.Status409Conflict, "two-secrets-live", "Two secrets are live; retire one before another is added.");

    public static void Map(IEndpointRouteBuilder webhooks) => webhooks.MapPost("/{id}/secrets", async (HttpContext http, string id, IMediator mediator) =>
    {
        if (IfMatch.Read(http.Request, required: false).IsRefused(out var ifMatch, out var problem)) return problem.ToResult();
        if ((await JsonBody.ReadAsync(http.Request, mayBeEmpty: true, http.RequestAborted)).IsRefused(out var body, out problem)) return problem.ToResult();
        var expiresAt = body.Instant("expires_at");
        if (body.End() is { } fault) return fault.ToResult();
        if ((await mediator.Send(new Command(id, ifMatch, expiresAt), http.RequestAborted)).IsRefused(out var answer, out problem)) return problem.ToResult();
        http.Response.Headers.ETag = IfMatch.TagOf(answer.Version);
        return Results.Created($"{WebhookApi.Path}/{id}/secrets/{answer.Id}", answer);
    });

    internal sealed class Handler(WebhookChange change, WebhookSecrets secrets, TimeProvider clock) : IRequestHandler<Command, Outcome<Answer>>
    {
        public async Task<Outcome<Answer>> Handle(Command command, CancellationToken cancellationToken)
        {
            var now = clock.GetUtcNow();
            if (command.ExpiresAt <= now) return Problem.Invalid("'expires_at' is over.", "/expires_at");
            var secret = WebhookSecrets.New();
            var added = secrets.Seal(command.Id, secret, now, command.ExpiresAt);
            var outcome = await change.UpdateAsync(command.Id, command.IfMatch, "webhook.secret_added", row => Add(row, added, now), cancellationToken);
            return outcome.IsRefused(out var row, out var problem) ? problem : new Answer(added.Id, secret, added.CreatedAt, added.ExpiresAt, row.Version);
        }

        private static Outcome<Webhook> Add(Webhook row, WebhookSecret added, DateTimeOffset now)
        {
            var live = row.Secrets.Where(secret => secret.IsLive(now)).ToList();        // what has expired is forgotten here
            return live.Count >= WebhookSecret.MaxLive ? TwoSecretsLive : row with { Secrets = [.. live, added] };
        }
    }
}
