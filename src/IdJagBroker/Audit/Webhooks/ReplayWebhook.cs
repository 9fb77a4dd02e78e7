using IdJagBroker.Hosting;
using MediatR;
using Npgsql;

namespace IdJagBroker.Audit.Webhooks;

/// <summary><c>POST …/webhooks/{id}/replay</c> <c>{from_seq}</c>: everything from that event on is sent again, with the <c>webhook-id</c> that it had.</summary>
internal static class ReplayWebhook
{
    public sealed record Command(string Id, long FromSeq) : IRequest<Outcome<Webhook>>;

    /// <summary>The event is not in the log.</summary>
    public static Problem NotYet { get; } = Problem.Invalid("'from_seq' is beyond the end of the log.", "/from_seq");

    public static void Map(IEndpointRouteBuilder webhooks) => webhooks.MapPost("/{id}/replay", async (HttpContext http, string id, IMediator mediator, NpgsqlDataSource database) =>
    {
        if ((await JsonBody.ReadAsync(http.Request, mayBeEmpty: false, http.RequestAborted)).IsRefused(out var body, out var problem)) return problem.ToResult();
        var from = body.Required("from_seq");
        if (body.End() is { } fault) return fault.ToResult();
        return from!.Value.ValueKind is System.Text.Json.JsonValueKind.Number && from.Value.TryGetInt64(out var seq) && seq >= 0
            ? await WebhookApi.ShowAsync(http, mediator, new Command(id, seq), database)
            : Problem.Invalid("'from_seq' must be the number of an event.", "/from_seq").ToResult();
    });

    internal sealed class Handler(WebhookChange change, NpgsqlDataSource database) : IRequestHandler<Command, Outcome<Webhook>>
    {
        public async Task<Outcome<Webhook>> Handle(Command command, CancellationToken cancellationToken) =>
            command.FromSeq > await WebhookLog.SizeAsync(database, cancellationToken)
                ? NotYet
                : await change.RewindAsync(command.Id, await WebhookLog.FromAsync(database, command.FromSeq, cancellationToken), cancellationToken);
    }
}
