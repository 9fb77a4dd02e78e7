using IdJagBroker.Egress;
using IdJagBroker.Hosting;
using MediatR;
using Npgsql;

namespace IdJagBroker.Audit.Webhooks;

/// <summary><c>PUT …/webhooks/{id}</c> with <c>If-Match</c>: replaces address and filter, turns on or off. It goes on where it was.</summary>
internal static class UpdateWebhook
{
    public sealed record Command(string Id, IfMatch IfMatch, WebhookBody Body) : IRequest<Outcome<Webhook>>;

    public static void Map(IEndpointRouteBuilder webhooks) => webhooks.MapPut("/{id}", async (HttpContext http, string id, IMediator mediator, EgressClient egress, NpgsqlDataSource database) =>
        IfMatch.Read(http.Request, required: true).IsRefused(out var ifMatch, out var problem) || (await WebhookBody.ReadAsync(http, egress, isNew: false)).IsRefused(out var body, out problem)
            ? problem.ToResult()
            : await WebhookApi.ShowAsync(http, mediator, new Command(id, ifMatch, body), database));

    internal sealed class Handler(WebhookChange change) : IRequestHandler<Command, Outcome<Webhook>>
    {
        public Task<Outcome<Webhook>> Handle(Command command, CancellationToken cancellationToken) => change.UpdateAsync(
            command.Id, command.IfMatch, "webhook.updated",
            row => row with { Url = command.Body.Url, PrivateNetwork = command.Body.PrivateNetwork, Enabled = command.Body.Enabled, Filter = command.Body.Filter }, cancellationToken);
    }
}
