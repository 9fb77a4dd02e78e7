using System.Diagnostics;
using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Clients.Documents;

/// <summary>
/// What the log may hold of a client's document, or of a key set: the method, where the keys are, of each key its name and thumbprint, and where people
/// are sent back to.
/// </summary>
internal static class PublishedState
{
    // What a hostile document writes does not go into the log.
    private static readonly string[] KnownMethods =
        ["none", "private_key_jwt", "client_secret_basic", "client_secret_post", "client_secret_jwt", "tls_client_auth", "self_signed_tls_client_auth"];

    public static JsonObject Of(ClientMetadata document) => new()
    {
        ["token_endpoint_auth_method"] = document.Method is null || KnownMethods.Contains(document.Method) ? document.Method : "other",
        ["client_secret"] = document.HasSecret,
        ["jwks_uri"] = document.JwksUri?.ToString(),
        ["keys"] = Keys(document.Keys),
        ["dpop_bound_access_tokens"] = document.DpopBoundAccessTokens,
        ["redirect_uris"] = Texts(document.RedirectUris),
        ["post_logout_redirect_uris"] = Texts(document.PostLogoutRedirectUris),
    };

    public static JsonObject Of(JsonWebKeySet keys) => new() { ["keys"] = Keys(keys) };

    /// <summary>The event of a change that somebody made where they publish.</summary>
    /// <param name="what">Such as <c>document_changed</c>, of the publisher's family.</param>
    /// <param name="outcome"><c>denied</c> if the change was not accepted.</param>
    /// <param name="publisher">Who.</param>
    /// <param name="address">Where it is published.</param>
    /// <param name="before">What held.</param>
    /// <param name="after">What is published.</param>
    /// <param name="now">When it was found.</param>
    public static AuditEvent Change(
        string what, AuditOutcome outcome, Publisher publisher, Uri address, JsonObject before, JsonObject after, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        OccurredAt = now,
        Type = $"{publisher.Family}.{what}",
        Outcome = outcome,
        Client = publisher.ClientAlias,
        AuthServer = publisher.AuthServer,
        TraceId = Activity.Current?.TraceId.ToString(),
        ActorKind = "publisher",
        ActorKey = address.OriginalString,
        Data = EventData.Of(new JsonObject
        {
            ["changed"] = new JsonArray([.. after.Select(member => member.Key).Where(name => !JsonNode.DeepEquals(before[name], after[name])).Select(name => (JsonNode)name)]),
            ["before"] = before.DeepClone(),
            ["after"] = after.DeepClone(),
        }),
    };

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)text)];

    private static JsonArray? Keys(JsonWebKeySet? keys) => keys is null ? null : new JsonArray(
    [
        .. keys.Keys.OrderBy(key => key.Thumbprint, StringComparer.Ordinal).ThenBy(key => key.KeyId, StringComparer.Ordinal)
            .Select(key => (JsonNode)new JsonObject { ["kid"] = key.KeyId, ["thumbprint"] = key.Thumbprint }),
    ]);
}
