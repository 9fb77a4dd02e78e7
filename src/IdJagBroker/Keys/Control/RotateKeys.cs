using System.Text.Json.Serialization;
using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Life;
using IdJagBroker.Policies;
using IdJagBroker.Protocol.Jws;
using MediatR;

namespace IdJagBroker.Keys.Control;

/// <summary>
/// <c>POST /admin/v1/keys/rotate</c> <c>{purpose?, algorithm?, emergency?, reason?}</c>: asks for the next key of those that sign now. Whoever
/// leads the replicas sees to it. To ask again changes nothing; an emergency outranks an orderly request.
/// </summary>
internal static class RotateKeys
{
    /// <param name="Purpose">Only keys for that; null: all.</param>
    /// <param name="Algorithm">Only keys of that; null: all.</param>
    /// <param name="Emergency">Whether nobody waits until verifiers have seen the next key.</param>
    /// <param name="Actor">Who asks, and why.</param>
    public sealed record Command(KeyPurpose? Purpose, JwsAlgorithm? Algorithm, bool Emergency, KeyActor Actor) : IRequest<Outcome<Answer>>;

    /// <param name="Keys">The keys that will be followed.</param>
    /// <param name="Breaks">What will break; absent if nothing does.</param>
    public sealed record Answer(
        [property: JsonPropertyName("keys")] IReadOnlyList<KeyView> Keys,
        [property: JsonPropertyName("breaks")] string? Breaks);

    public static void Map(IEndpointRouteBuilder keys) => keys.MapPost("/rotate", async (HttpContext http, IMediator mediator) =>
    {
        if ((await ReadAsync(http)).IsRefused(out var command, out var problem)) return problem.ToResult();
        var outcome = await mediator.Send(command, http.RequestAborted);
        return outcome.IsRefused(out var answer, out problem) ? problem.ToResult() : Results.Accepted("/admin/v1/keys", answer);
    }).RequireScope(AdminScope.KeysWrite);

    internal sealed class Handler(KeyTable table, KeyProviders providers, TimeProvider clock) : IRequestHandler<Command, Outcome<Answer>>
    {
        public async Task<Outcome<Answer>> Handle(Command command, CancellationToken cancellationToken)
        {
            var request = command.Emergency ? RotationRequest.Emergency : RotationRequest.Orderly;
            var asked = (await table.ReadAsync(cancellationToken)).Where(key => key.State is KeyState.Active && IsMeant(command, key)).ToList();
            if (asked.Count is 0) return KeyProblem.NoActiveKey;
            foreach (var key in asked) await table.RequestRotationAsync(key, request, command.Actor, cancellationToken);
            var board = await KeyBoard.ReadAsync(table, providers, clock, cancellationToken);
            return new Answer([.. asked.Select(key => KeyView.Of(board, board.Find(key.Kid)!))], command.Emergency ? KeyWarning.EmergencyOf(command.Purpose) : null);
        }

        private static bool IsMeant(Command command, SigningKeyRow key) =>
            (command.Purpose is null || key.Purpose == command.Purpose) && (command.Algorithm is null || key.Algorithm == command.Algorithm.Name);
    }

    private static async Task<Outcome<Command>> ReadAsync(HttpContext http)
    {
        if ((await JsonBody.ReadAsync(http.Request, mayBeEmpty: true, http.RequestAborted)).IsRefused(out var body, out var problem)) return problem;
        var (purpose, algorithm, reason) = (body.Text("purpose"), body.Text("algorithm"), body.Text("reason"));
        var emergency = body.Optional("emergency") is not null && body.Flag("emergency");
        if ((body.End() ?? OperatorReason.Fault(reason)) is { } fault) return fault;
        return Read(purpose, algorithm, emergency, KeyActor.Of(CurrentAdministrator.Of(http)) with { Reason = reason });
    }

    /// <summary>The command in words. Refuses a purpose or an algorithm that there is not.</summary>
    public static Outcome<Command> Read(string? purpose, string? algorithm, bool emergency, KeyActor actor)
    {
        KeyPurpose? meant = null;
        if (purpose is not null)
        {
            if (!KeyWords.TryPurpose(purpose, out var known)) return Problem.Invalid($"purpose is one of {KeyWords.AllPurposes}.", "/purpose");
            meant = known;
        }
        var alg = algorithm is null ? null : JwsAlgorithm.Find(algorithm);
        return algorithm is not null && alg is null
            ? Problem.Invalid("algorithm is the JWS name of one, such as ES256.", "/algorithm")
            : new Command(meant, alg, emergency, actor);
    }
}
