using System.Globalization;
using System.Text.Json.Serialization;
using IdJagBroker.Hosting;
using MediatR;
using Npgsql;

namespace IdJagBroker.Audit.Webhooks;

/// <summary><c>GET …/webhooks/{id}/dead-letters?after=…</c>: what the endpoint never took, by number; <c>next</c> is there while there may be more.</summary>
internal static class ReadDeadLetters
{
    private const int PageSize = 100;

    public sealed record Query(string Id, long After) : IRequest<Outcome<Page>>;

    public sealed record Page(
        [property: JsonPropertyName("dead_letters")] IReadOnlyList<DeadLetter> DeadLetters,
        [property: JsonPropertyName("next")] long? Next);

    public static void Map(IEndpointRouteBuilder webhooks) => webhooks.MapGet("/{id}/dead-letters", async (HttpContext http, string id, IMediator mediator) =>
    {
        var after = -1L;
        foreach (var (name, values) in http.Request.Query)
            if (name is not "after" || values is not [{ } text] || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out after))
                return Problem.Invalid("There is one parameter here: after, the 'next' of a page.").ToResult();
        return (await mediator.Send(new Query(id, after), http.RequestAborted)).IsRefused(out var page, out var problem) ? problem.ToResult() : Results.Ok(page);
    });

    internal sealed class Handler(NpgsqlDataSource database) : IRequestHandler<Query, Outcome<Page>>
    {
        public async Task<Outcome<Page>> Handle(Query query, CancellationToken cancellationToken)
        {
            if (await WebhookTable.FindAsync(database, query.Id, cancellationToken) is null) return Webhook.NotFound;
            var letters = await DeadLetters.ReadAsync(database, query.Id, query.After, PageSize, cancellationToken);
            return new Page(letters, letters.Count == PageSize ? letters[^1].Seq : null);
        }
    }
}
