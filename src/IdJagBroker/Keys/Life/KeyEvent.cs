using System.Diagnostics;
using System.Text.Json.Nodes;
using IdJagBroker.Audit;

namespace IdJagBroker.Keys.Life;

/// <summary>Who took a step in the life of a key.</summary>
/// <param name="Kind"><c>system</c> for the job that keeps the keys, <c>admin</c> for a person.</param>
/// <param name="Key">Which.</param>
internal sealed record KeyActor(string Kind, string Key) : Actor(Kind, Key)
{
    /// <summary>Why, in the words of that person; null if none were given.</summary>
    public string? Reason { get; init; }

    /// <summary>The job.</summary>
    public static KeyActor Keeper { get; } = new("system", "key-keeper");

    /// <summary>With the database's credentials, on the command line.</summary>
    public static KeyActor CommandLine { get; } = new("admin", "command-line");

    /// <summary>Through the admin API.</summary>
    public static KeyActor Of(Administrator administrator) => new(administrator.Kind, administrator.Key) { Role = administrator.Role, Session = administrator.Session };
}

/// <summary>The record of a step: which key, of which slot, by whom, and why.</summary>
internal static class KeyEvent
{
    /// <summary>The record of a new key, with its public half: so it is the log that says which keys were the broker's.</summary>
    public static AuditEvent Created(SigningKeyRow key, KeyActor actor, DateTimeOffset now)
    {
        var data = DataOf(key, actor, emergency: false);
        data["public_jwk"] = JsonNode.Parse(key.PublicJwk);
        return Of("key.created", key, data, now).By(actor);
    }

    public static AuditEvent Of(string type, SigningKeyRow key, KeyActor actor, DateTimeOffset now, bool emergency = false) =>
        Of(type, key, DataOf(key, actor, emergency), now).By(actor);

    private static AuditEvent Of(string type, SigningKeyRow key, JsonObject data, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        OccurredAt = now,
        Type = type,
        Outcome = AuditOutcome.Ok,
        Kid = key.Kid,
        TraceId = Activity.Current?.TraceId.ToString(),
        Data = EventData.Of(data),
    };

    private static JsonObject DataOf(SigningKeyRow key, KeyActor actor, bool emergency) => new()
    {
        ["reason"] = actor.Reason,
        ["purpose"] = key.Purpose.Word(),
        ["algorithm"] = key.Algorithm,
        ["provider"] = key.Provider,
        ["place"] = key.Place,
        ["reference"] = key.Reference,
        ["not_after"] = key.NotAfter?.ToUnixTimeSeconds(),
        ["emergency"] = emergency,
    };
}
