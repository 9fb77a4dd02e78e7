using IdJagBroker.Hosting;
using MediatR;
using Npgsql;

namespace IdJagBroker.Audit.Webhooks;

/// <summary><c>POST …/webhooks/{id}/dead-letters/{seq}/replay</c>: sends it once more, out of its order; if it is acknowledged, it is a dead letter no more.</summary>
internal static class ReplayDeadLetter
{
    public sealed record Command(string Id, long Seq) : IRequest<Outcome<SentNow>>;

    private static readonly Problem NoSuchLetter = new(StatusCodes.Status404NotFound, "dead-letter-not-found", "The webhook has no such dead letter.");

    public static void Map(IEndpointRouteBuilder webhooks) => webhooks.MapPost("/{id}/dead-letters/{seq:long}/replay", async (HttpContext http, string id, long seq, IMediator mediator) =>
        (await mediator.Send(new Command(id, seq), http.RequestAborted)).IsRefused(out var sent, out var problem) ? problem.ToResult() : Results.Ok(sent));

    internal sealed class Handler(WebhookChange change, WebhookDelivery delivery, NpgsqlDataSource database) : IRequestHandler<Command, Outcome<SentNow>>
    {
        public async Task<Outcome<SentNow>> Handle(Command command, CancellationToken cancellationToken)
        {
            if (await WebhookTable.FindAsync(database, command.Id, cancellationToken) is not { } webhook) return Webhook.NotFound;
            if (await DeadLetters.ReadAsync(database, command.Id, command.Seq - 1, 1, cancellationToken) is not [{ } letter] || letter.Seq != command.Seq) return NoSuchLetter;
            if (!EventColumns.TryRead(System.Text.Encoding.UTF8.GetBytes(letter.Text), out var columns)) return NoSuchLetter;
            var answer = await delivery.SendAsync(webhook, new LogLine(letter.Seq, columns.RecordedAt, letter.EventId, columns.Type, columns.Outcome, columns.Client, letter.Text), cancellationToken);
            if (answer.Failure is null) await change.RemoveDeadLetterAsync(command.Id, command.Seq, cancellationToken);
            return SentNow.Of(answer);
        }
    }
}
