using System.Text.Json.Serialization;
using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Life;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Keys.Control;

/// <summary>
/// <c>POST /admin/v1/keys/{kid}/revoke</c> <c>{confirm, reason}</c>: out of the JWKS and out of use, for a key that somebody else may have.
/// <c>confirm</c> repeats the kid. <c>If-Match</c> is heeded, not demanded: who must stop a key should not have to read first.
/// </summary>
internal static class RevokeKey
{
    public sealed record Command(string Kid, IfMatch IfMatch, KeyActor Actor) : IRequest<Outcome<Answer>>;

    /// <param name="Key">The key as it is now.</param>
    /// <param name="Breaks">What stops working.</param>
    public sealed record Answer(
        [property: JsonPropertyName("key")] KeyView Key,
        [property: JsonPropertyName("breaks")] string Breaks);

    public static void Map(IEndpointRouteBuilder keys) => keys.MapPost("/{kid}/revoke", async (HttpContext http, string kid, IMediator mediator, SigningKeyRing ring) =>
    {
        if ((await ReadAsync(http, kid)).IsRefused(out var command, out var problem)) return problem.ToResult();
        if ((await mediator.Send(command, http.RequestAborted)).IsRefused(out var answer, out problem)) return problem.ToResult();
        await KeyApi.KnowAtOnceAsync(ring);
        http.Response.Headers.ETag = IfMatch.TagOf(answer.Key.Version);
        return Results.Ok(answer);
    }).RequireScope(AdminScope.KeysWrite);

    internal sealed class Handler(KeyTable table, KeyProviders providers, TimeProvider clock) : IRequestHandler<Command, Outcome<Answer>>
    {
        public async Task<Outcome<Answer>> Handle(Command command, CancellationToken cancellationToken)
        {
            var board = await KeyBoard.ReadAsync(table, providers, clock, cancellationToken);
            if (board.Find(command.Kid) is not { } key) return KeyProblem.NotFound;
            if (command.IfMatch.Check(key.Version) is { } stale) return stale;
            await table.RevokeAsync(key, command.Actor, cancellationToken);       // false: it is already
            board = await KeyBoard.ReadAsync(table, providers, clock, cancellationToken);
            return new Answer(KeyView.Of(board, board.Find(command.Kid)!), KeyWarning.RevocationOf(key));
        }
    }

    private static async Task<Outcome<Command>> ReadAsync(HttpContext http, string kid)
    {
        if (IfMatch.Read(http.Request, required: false).IsRefused(out var ifMatch, out var problem)) return problem;
        if ((await JsonBody.ReadAsync(http.Request, mayBeEmpty: false, http.RequestAborted)).IsRefused(out var body, out problem)) return problem;
        body.Required("confirm");
        body.Required("reason");
        var (confirm, reason) = (body.Text("confirm"), body.Text("reason"));
        if ((body.End() ?? OperatorReason.Fault(reason)) is { } fault) return fault;
        return confirm == kid
            ? new Command(kid, ifMatch, KeyActor.Of(CurrentAdministrator.Of(http)) with { Reason = reason })
            : Problem.Invalid("'confirm' must repeat the kid: what the key signed verifies no more, and that cannot be undone.", "/confirm");
    }
}
