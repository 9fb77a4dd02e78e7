using IdJagBroker.Hosting;
using MediatR;
using Npgsql;

namespace IdJagBroker.Audit.Webhooks;

/// <summary><c>DELETE …/webhooks/{id}/secrets/{secret}</c>: nothing is signed with it any more. The last one stays: nothing is sent unsigned.</summary>
internal static class RetireWebhookSecret
{
    public sealed record Command(string Id, string SecretId, IfMatch IfMatch) : IRequest<Outcome<Webhook>>;

    private static readonly Problem NoSuchSecret = new(StatusCodes.Status404NotFound, "secret-not-found", "The webhook has no such secret.");
    private static readonly Problem LastSecret = new(StatusCodes.Status409Conflict, "last-secret", "It is the only one that is live; add another first.");

    public static void Map(IEndpointRouteBuilder webhooks) => webhooks.MapDelete("/{id}/secrets/{secret}",
        async (HttpContext http, string id, string secret, IMediator mediator, NpgsqlDataSource database) =>
            IfMatch.Read(http.Request, required: false).IsRefused(out var ifMatch, out var problem)
                ? problem.ToResult()
                : await WebhookApi.ShowAsync(http, mediator, new Command(id, secret, ifMatch), database));

    internal sealed class Handler(WebhookChange change, TimeProvider clock) : IRequestHandler<Command, Outcome<Webhook>>
    {
        public Task<Outcome<Webhook>> Handle(Command command, CancellationToken cancellationToken) =>
            change.UpdateAsync(command.Id, command.IfMatch, "webhook.secret_retired", row => Retire(row, command.SecretId), cancellationToken);

        private Outcome<Webhook> Retire(Webhook row, string id)
        {
            var left = row.Secrets.Where(secret => secret.Id != id).ToList();
            if (left.Count == row.Secrets.Count) return NoSuchSecret;
            return left.Any(secret => secret.IsLive(clock.GetUtcNow())) ? row with { Secrets = left } : LastSecret;
        }
    }
}
