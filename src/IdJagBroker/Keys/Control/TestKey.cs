using System.Text.Json.Serialization;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Life;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Keys.Control;

/// <summary>
/// <c>POST /admin/v1/keys/{kid}/test</c>: opens the key anew on this replica, signs with it, and verifies with the public half that was
/// recorded. Changes nothing.
/// </summary>
internal static partial class TestKey
{
    public sealed record Command(string Kid) : IRequest<Outcome<Answer>>;

    /// <param name="Node">The replica that tried.</param>
    /// <param name="TookMs">How long opening, signing and verifying took.</param>
    public sealed record Answer(
        [property: JsonPropertyName("kid")] string Kid,
        [property: JsonPropertyName("signs")] bool Signs,
        [property: JsonPropertyName("node")] string Node,
        [property: JsonPropertyName("took_ms")] double TookMs);

    public static void Map(IEndpointRouteBuilder keys) => keys.MapPost("/{kid}/test", async (HttpContext http, string kid, IMediator mediator) =>
        (await mediator.Send(new Command(kid), http.RequestAborted)).IsRefused(out var answer, out var problem) ? problem.ToResult() : Results.Ok(answer)).RequireScope(AdminScope.KeysWrite);

    internal sealed partial class Handler(KeyTable table, SigningKeyRing ring, TimeProvider clock, ILogger<Handler> log) : IRequestHandler<Command, Outcome<Answer>>
    {
        public async Task<Outcome<Answer>> Handle(Command command, CancellationToken cancellationToken)
        {
            if ((await table.ReadAsync(cancellationToken)).SingleOrDefault(key => key.Kid == command.Kid) is not { } row) return KeyProblem.NotFound;
            if (row.State is not (KeyState.Created or KeyState.Published or KeyState.Active)) return KeyProblem.NotInUse(row);
            var started = clock.GetTimestamp();
            try
            {
                await ring.OpenAsync(row, cancellationToken);      // not disposed of: a provider may share what it opens
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)      // whatever it was, that is the answer
            {
                NotSigned(row.Kid, e);
                return KeyProblem.CannotSign(e is SigningUnavailableException ? e.Message : "see the log of this replica, event 1613.");
            }
            return new Answer(row.Kid, true, ring.Node, Math.Round(clock.GetElapsedTime(started).TotalMilliseconds, 1));
        }

        [LoggerMessage(1613, LogLevel.Warning, "Key {Kid} was tried and does not sign here")]
        private partial void NotSigned(string kid, Exception exception);
    }
}
