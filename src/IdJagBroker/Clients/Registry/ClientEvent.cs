using System.Diagnostics;
using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Clients.Registry;

/// <summary>The record of a change: what was, what is, who did it. Of secrets it says that they changed, and their names.</summary>
internal static class ClientEvent
{
    /// <param name="type">Such as <c>client.disabled</c>.</param>
    /// <param name="before">The <see cref="StateOf"/> the client, or null: it was not there.</param>
    /// <param name="after">The same after the change, or null: it is not there any more.</param>
    /// <param name="alias">The client.</param>
    /// <param name="administrator">Who made it.</param>
    /// <param name="policyRevision">The catalogue that allowed the change.</param>
    /// <param name="now">When it was made.</param>
    public static AuditEvent Of(string type, string alias, JsonObject? before, JsonObject? after, Administrator administrator, string policyRevision, DateTimeOffset now) => new AuditEvent
    {
        Id = Guid.CreateVersion7(now),
        OccurredAt = now,
        Type = type,
        Outcome = AuditOutcome.Ok,
        Client = alias,
        PolicyRevision = policyRevision,
        TraceId = Activity.Current?.TraceId.ToString(),
        Data = EventData.Of(new JsonObject
        {
            ["changed"] = new JsonArray([.. Changed(before, after).Select(name => (JsonNode)name)]),
            ["before"] = before,
            ["after"] = after,
        }),
    }.By(administrator);

    /// <summary>What the log may hold of a registration: no hash, no key but its thumbprint.</summary>
    public static JsonObject StateOf(ClientRow row) => new()
    {
        ["client_ids"] = new JsonArray([.. row.ClientIds.Select(id => (JsonNode)id)]),
        ["enabled"] = row.Enabled,
        ["secrets"] = new JsonArray([.. RegisteredSecret.ReadAll(row.SecretHashes).Select(secret => new JsonObject
        {
            ["id"] = secret.Id, ["created_at"] = secret.CreatedAt, ["expires_at"] = secret.ExpiresAt,
        })]),
        ["jwks_uri"] = row.JwksUri,
        ["keys"] = new JsonArray([.. KeysOf(row).Select(key => new JsonObject { ["kid"] = key.KeyId, ["thumbprint"] = key.Thumbprint })]),
    };

    private static System.Collections.Immutable.ImmutableArray<JsonWebKey> KeysOf(ClientRow row) =>
        row.Jwks is { } jwks && JsonWebKeySet.TryParse(System.Text.Encoding.UTF8.GetBytes(jwks)) is { } set ? set.Keys : [];

    private static IEnumerable<string> Changed(JsonObject? before, JsonObject? after) =>
        (before ?? after)!.Select(member => member.Key).Where(name => !JsonNode.DeepEquals(before?[name], after?[name]));
}
