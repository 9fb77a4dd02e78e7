using IdJagBroker.Hosting;
using MediatR;
using Npgsql;

namespace IdJagBroker.Audit.Webhooks;

/// <summary><c>POST …/webhooks/{id}/test</c>: sends a <c>webhook.test</c> at once and tells what came of it. It is not of the log, and changes nothing.</summary>
internal static class TestWebhook
{
    public sealed record Command(string Id) : IRequest<Outcome<SentNow>>;

    public static void Map(IEndpointRouteBuilder webhooks) => webhooks.MapPost("/{id}/test", async (HttpContext http, string id, IMediator mediator) =>
        (await mediator.Send(new Command(id), http.RequestAborted)).IsRefused(out var sent, out var problem) ? problem.ToResult() : Results.Ok(sent));

    internal sealed class Handler(NpgsqlDataSource database, WebhookDelivery delivery) : IRequestHandler<Command, Outcome<SentNow>>
    {
        public async Task<Outcome<SentNow>> Handle(Command command, CancellationToken cancellationToken) =>
            await WebhookTable.FindAsync(database, command.Id, cancellationToken) is { } webhook ? SentNow.Of(await delivery.TestAsync(webhook, cancellationToken)) : Webhook.NotFound;
    }
}
