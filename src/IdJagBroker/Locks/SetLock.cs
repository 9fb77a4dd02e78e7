using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Control;
using IdJagBroker.Policies;
using MediatR;

namespace IdJagBroker.Locks;

/// <summary>
/// <c>POST /admin/v1/locks</c> <c>{kind, target, reason, ticket?, expires_at}</c>: nothing is issued for it, here from the next request on, and on
/// every replica within 2 s. <c>everything</c> has no <c>target</c>.
/// </summary>
internal static class SetLock
{
    /// <summary>The longest number of a ticket.</summary>
    public const int MaxTicketChars = 100;

    public sealed record Command(WantedLock Wanted, Actor Actor) : IRequest<Outcome<LockView>>;

    public static void Map(IEndpointRouteBuilder locks) => locks.MapPost("", async (HttpContext http, IMediator mediator, HeldLocks held) =>
    {
        if ((await ReadAsync(http)).IsRefused(out var command, out var problem)) return problem.ToResult();
        if ((await mediator.Send(command, http.RequestAborted)).IsRefused(out var set, out problem)) return problem.ToResult();
        await LockApi.KnowAtOnceAsync(held);
        http.Response.Headers.ETag = IfMatch.TagOf(set.Version);
        return Results.Created($"/admin/v1/locks/{set.Id}", set);
    }).RequireScope(AdminScope.LocksWrite);

    internal sealed class Handler(LockChange change, TimeProvider clock) : IRequestHandler<Command, Outcome<LockView>>
    {
        public async Task<Outcome<LockView>> Handle(Command command, CancellationToken cancellationToken) =>
            (await change.SetAsync(command.Wanted, command.Actor, cancellationToken)).IsRefused(out var set, out var problem) ? problem : LockView.Of(set, clock.GetUtcNow());
    }

    /// <summary>What is wrong with what was given, but for the time, which is looked at when it is set; null if nothing is.</summary>
    public static Problem? Fault(WantedLock wanted)
    {
        if (wanted.Kind is LockKind.Everything && wanted.Name is not null) return Problem.Invalid("Everything has no 'target'.", "/target");
        if (wanted.Kind is not LockKind.Everything && wanted.Name is null) return Problem.Invalid($"'target' is missing: which {wanted.Kind.Word()}?", "/target");
        if (wanted.Name is { } name && (name.Length is 0 or > LockNames.MaxChars || name.Any(char.IsControl)))
            return Problem.Invalid($"'target' must be 1 to {LockNames.MaxChars} characters of text.", "/target");
        if (wanted.Ticket is { } ticket && !OperatorReason.IsText(ticket, MaxTicketChars)) return Problem.Invalid($"'ticket' must be 1 to {MaxTicketChars} characters of text.", "/ticket");
        return OperatorReason.Fault(wanted.Reason);
    }

    private static async Task<Outcome<Command>> ReadAsync(HttpContext http)
    {
        if ((await JsonBody.ReadAsync(http.Request, mayBeEmpty: false, http.RequestAborted)).IsRefused(out var body, out var problem)) return problem;
        foreach (var name in (string[])["kind", "reason", "expires_at"]) body.Required(name);
        var (word, target, reason, ticket, expiresAt) = (body.Text("kind"), body.Text("target"), body.Text("reason"), body.Text("ticket"), body.Instant("expires_at"));
        if (body.End() is { } fault) return fault;
        if (!LockWords.TryKind(word!, out var kind)) return Problem.Invalid($"'kind' is one of {LockWords.All}.", "/kind");
        var wanted = new WantedLock(kind, target, reason!, ticket, expiresAt!.Value);
        return Fault(wanted) is { } wrong ? wrong : new Command(wanted, CurrentAdministrator.Of(http));
    }
}
