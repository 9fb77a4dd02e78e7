using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using IdJagBroker.Egress;
using IdJagBroker.Hosting;
using MediatR;
using Npgsql;

namespace IdJagBroker.Audit.Webhooks;

/// <summary>
/// <c>POST …/webhooks</c> <c>{url, private_network?, enabled?, types?, outcomes?, clients?, from_seq?}</c>: a new endpoint, from the next
/// event on or from one that is named. Its secret is in this answer and nowhere else, ever.
/// </summary>
internal static class CreateWebhook
{
    public sealed record Command(WebhookBody Body) : IRequest<Outcome<Answer>>;

    /// <param name="Secret">Shown once.</param>
    public sealed record Answer([property: JsonPropertyName("webhook")] WebhookView Webhook, [property: JsonPropertyName("secret")] string Secret)
    {
        public override string ToString() => $"{nameof(Answer)} {Webhook.Id}";
    }

    public static void Map(IEndpointRouteBuilder webhooks) => webhooks.MapPost("", async (HttpContext http, IMediator mediator, EgressClient egress) =>
    {
        if ((await WebhookBody.ReadAsync(http, egress, isNew: true)).IsRefused(out var body, out var problem)) return problem.ToResult();
        if ((await mediator.Send(new Command(body), http.RequestAborted)).IsRefused(out var answer, out problem)) return problem.ToResult();
        http.Response.Headers.ETag = IfMatch.TagOf(answer.Webhook.Version);
        return Results.Created($"{WebhookApi.Path}/{answer.Webhook.Id}", answer);
    });

    internal sealed class Handler(WebhookChange change, WebhookSecrets secrets, NpgsqlDataSource database, TimeProvider clock) : IRequestHandler<Command, Outcome<Answer>>
    {
        public async Task<Outcome<Answer>> Handle(Command command, CancellationToken cancellationToken)
        {
            var size = await WebhookLog.SizeAsync(database, cancellationToken);
            var from = command.Body.FromSeq ?? size;
            if (from > size) return ReplayWebhook.NotYet;
            var id = "wh-" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(9));
            var secret = WebhookSecrets.New();
            var created = await change.CreateAsync(new Webhook(
                id, command.Body.Url, command.Body.PrivateNetwork, command.Body.Enabled, command.Body.Filter, [secrets.Seal(id, secret, clock.GetUtcNow(), null)], 0,
                await WebhookLog.FromAsync(database, from, cancellationToken)), cancellationToken);
            return new Answer(WebhookView.Of(created, size), secret);
        }
    }
}
