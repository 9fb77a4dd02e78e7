using IdJagBroker.Hosting;
using MediatR;

namespace IdJagBroker.Audit.Webhooks;

/// <summary><c>DELETE …/webhooks/{id}</c>: with its secrets and dead letters.</summary>
internal static class DeleteWebhook
{
    public sealed record Command(string Id, IfMatch IfMatch) : IRequest<Outcome<Webhook>>;

    public static void Map(IEndpointRouteBuilder webhooks) => webhooks.MapDelete("/{id}", async (HttpContext http, string id, IMediator mediator) =>
        IfMatch.Read(http.Request, required: false).IsRefused(out var ifMatch, out var problem) || (await mediator.Send(new Command(id, ifMatch), http.RequestAborted)).IsRefused(out _, out problem)
            ? problem.ToResult()
            : Results.NoContent());

    internal sealed class Handler(WebhookChange change) : IRequestHandler<Command, Outcome<Webhook>>
    {
        public Task<Outcome<Webhook>> Handle(Command command, CancellationToken cancellationToken) => change.DeleteAsync(command.Id, command.IfMatch, cancellationToken);
    }
}
