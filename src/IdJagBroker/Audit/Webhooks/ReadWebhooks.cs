using System.Text.Json.Serialization;
using IdJagBroker.Hosting;
using MediatR;
using Npgsql;

namespace IdJagBroker.Audit.Webhooks;

/// <summary><c>GET …/webhooks</c> and <c>GET …/webhooks/{id}</c>: what is sent where, and how far each is. There are few: no pages.</summary>
internal static class ReadWebhooks
{
    public sealed record Query(string Id) : IRequest<Outcome<Webhook>>;

    public sealed record List : IRequest<Answer>;

    public sealed record Answer([property: JsonPropertyName("webhooks")] IReadOnlyList<WebhookView> Webhooks);

    public static void Map(IEndpointRouteBuilder webhooks)
    {
        webhooks.MapGet("", async (HttpContext http, IMediator mediator) => Results.Ok(await mediator.Send(new List(), http.RequestAborted)));
        webhooks.MapGet("/{id}", (HttpContext http, string id, IMediator mediator, NpgsqlDataSource database) => WebhookApi.ShowAsync(http, mediator, new Query(id), database));
    }

    internal sealed class Handler(NpgsqlDataSource database) : IRequestHandler<Query, Outcome<Webhook>>, IRequestHandler<List, Answer>
    {
        public async Task<Outcome<Webhook>> Handle(Query query, CancellationToken cancellationToken) =>
            await WebhookTable.FindAsync(database, query.Id, cancellationToken) is { } webhook ? webhook : Webhook.NotFound;

        public async Task<Answer> Handle(List query, CancellationToken cancellationToken)
        {
            var size = await WebhookLog.SizeAsync(database, cancellationToken);
            return new Answer([.. (await WebhookTable.ReadAllAsync(database, cancellationToken)).Select(webhook => WebhookView.Of(webhook, size))]);
        }
    }
}
