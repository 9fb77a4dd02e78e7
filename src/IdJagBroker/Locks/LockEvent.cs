using System.Diagnostics;
using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Clients.Registry;

namespace IdJagBroker.Locks;

/// <summary>The record of a lock that is set or lifted: which, by whom, why. What is locked is also where a search for it looks.</summary>
internal static class LockEvent
{
    /// <param name="one">As it was set.</param>
    /// <param name="actor">Who set it.</param>
    public static AuditEvent Set(IssuanceLock one, Actor actor) => Of("lock.set", one, one.Reason, actor, one.SetAt);

    /// <param name="one">As it is now.</param>
    /// <param name="actor">Who lifted it.</param>
    public static AuditEvent Lifted(IssuanceLock one, Actor actor) => Of("lock.lifted", one, one.LiftReason!, actor, one.LiftedAt!.Value);

    private static AuditEvent Of(string type, IssuanceLock one, string reason, Actor actor, DateTimeOffset now) => new AuditEvent
    {
        Id = Guid.CreateVersion7(now),
        OccurredAt = now,
        Type = type,
        Outcome = AuditOutcome.Ok,
        Client = one.Kind is LockKind.Client && ClientAlias.IsValid(one.Target!) ? one.Target : null,
        SubjectKey = Target(one, LockKind.Subject),
        AuthServer = Target(one, LockKind.Audience),
        Resources = Target(one, LockKind.Resource) is { } uri ? [uri] : [],
        Kid = Target(one, LockKind.Key),
        TraceId = Activity.Current?.TraceId.ToString(),
        Data = EventData.Of(new JsonObject
        {
            ["lock"] = one.Id.ToString(),
            ["kind"] = one.Kind.Word(),
            ["target"] = one.Target,
            ["reason"] = reason,
            ["ticket"] = one.Ticket,
            ["expires_at"] = one.ExpiresAt.ToUnixTimeSeconds(),
        }),
    }.By(actor);

    private static string? Target(IssuanceLock one, LockKind kind) => one.Kind == kind ? one.Target : null;
}
