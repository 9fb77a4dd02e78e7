using System.Text.Json;
using System.Text.Json.Serialization;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Rules;

namespace IdJagBroker.Clients.Registry;

/// <summary>A client as the API shows it: what the catalogue and the registry say of it together. No secret and no hash.</summary>
internal sealed record ClientView
{
    [JsonPropertyName("alias")] public required string Alias { get; init; }

    /// <summary><c>catalogue</c> or <c>database</c>: where its ids and credentials are kept, and edited.</summary>
    [JsonPropertyName("owner")] public required string Owner { get; init; }

    /// <summary><c>active</c>, <c>disabled</c>, <c>unregistered</c> (declared, without a registration) or <c>undeclared</c> (the reverse).</summary>
    [JsonPropertyName("state")] public required string State { get; init; }

    /// <summary>True: a registration exists that counts for nothing, because the catalogue owns the client.</summary>
    [JsonPropertyName("overruled_registration")] public bool? OverruledRegistration { get; init; }

    [JsonPropertyName("client_ids")] public required IReadOnlyList<string> ClientIds { get; init; }

    /// <summary>In the place where it is edited; <see cref="State"/> is what counts.</summary>
    [JsonPropertyName("enabled")] public bool? Enabled { get; init; }

    [JsonPropertyName("auth")] public string? Auth { get; init; }

    [JsonPropertyName("dpop")] public string? Dpop { get; init; }

    [JsonPropertyName("trust")] public string? Trust { get; init; }

    [JsonPropertyName("subject_token_audiences")] public SortedDictionary<string, string[]>? SubjectTokenAudiences { get; init; }

    [JsonPropertyName("client_ids_at_authorization_servers")] public SortedDictionary<string, string>? ClientIdsAtAuthorizationServers { get; init; }

    /// <summary>The servers at which it has the same id as here: the address of its document.</summary>
    [JsonPropertyName("same_client_id_at_authorization_servers")] public IReadOnlyList<string>? SameClientIdAtAuthorizationServers { get; init; }

    [JsonPropertyName("secrets")] public IReadOnlyList<SecretView>? Secrets { get; init; }

    [JsonPropertyName("jwks")] public JsonElement? Jwks { get; init; }

    [JsonPropertyName("jwks_uri")] public string? JwksUri { get; init; }

    /// <summary>The addresses of its metadata documents, if they are its ids.</summary>
    [JsonPropertyName("documents")] public IReadOnlyList<string>? Documents { get; init; }

    /// <summary>The origins of which every document is the client's.</summary>
    [JsonPropertyName("document_origins")] public IReadOnlyList<string>? DocumentOrigins { get; init; }

    [JsonPropertyName("created_at")] public DateTimeOffset? CreatedAt { get; init; }

    [JsonPropertyName("updated_at")] public DateTimeOffset? UpdatedAt { get; init; }

    [JsonIgnore] public long? Version { get; init; }

    /// <param name="catalog">What the catalogue says.</param>
    /// <param name="alias">The client; known to at least one of the two.</param>
    /// <param name="row">What the registry says, or null.</param>
    public static ClientView Of(Catalog catalog, string alias, ClientRow? row)
    {
        var declared = catalog.Clients.GetValueOrDefault(alias);
        var owned = declared is { InRegistry: false };
        var registered = owned ? null : row;
        return new ClientView
        {
            Alias = alias,
            Owner = owned ? "catalogue" : "database",
            State = StateOf(declared, registered),
            OverruledRegistration = owned && row is not null ? true : null,
            ClientIds = registered?.ClientIds ?? (IReadOnlyList<string>?)declared?.ClientIds ?? [],
            Enabled = owned ? declared!.Enabled : registered?.Enabled,
            Auth = declared is null ? null : PolicyClients.Word(declared.Auth),
            Dpop = declared?.Dpop.ToString().ToLowerInvariant(),
            Trust = declared?.Trust.ToString().ToLowerInvariant(),
            SubjectTokenAudiences = declared is null ? null : new(declared.SubjectTokenAudiences.ToDictionary(
                idp => idp.Key, idp => idp.Value.Order(StringComparer.Ordinal).ToArray()), StringComparer.Ordinal),
            ClientIdsAtAuthorizationServers = declared is null ? null : new(catalog.AuthorizationServers.Values
                .Where(server => server.ClientIds.ContainsKey(alias)).ToDictionary(server => server.Alias, server => server.ClientIds[alias]), StringComparer.Ordinal),
            Secrets = registered is null ? null : [.. RegisteredSecret.ReadAll(registered.SecretHashes).Select(SecretView.Of)],
            Jwks = KeysOf(declared, registered, owned),
            JwksUri = owned ? declared!.JwksUri?.OriginalString : registered?.JwksUri,
            Documents = declared is { ByDocument: true } ? [.. declared.Documents.Select(document => document.Value)] : null,
            DocumentOrigins = declared is { ByDocument: true } ? [.. declared.DocumentOrigins] : null,
            SameClientIdAtAuthorizationServers = declared is { ByDocument: true }
                ? [.. catalog.AuthorizationServers.Values.Where(server => server.SameClientIds.Contains(alias)).Select(server => server.Alias).Order(StringComparer.Ordinal)] : null,
            CreatedAt = registered?.CreatedAt,
            UpdatedAt = registered?.UpdatedAt,
            Version = row?.Version,
        };
    }

    private static string StateOf(CatalogClient? declared, ClientRow? registered) => (declared, registered) switch
    {
        (null, _) => "undeclared",
        ({ InRegistry: true }, null) => "unregistered",
        _ => declared.Enabled && registered?.Enabled is not false ? "active" : "disabled",
    };

    private static JsonElement? KeysOf(CatalogClient? declared, ClientRow? registered, bool owned)
    {
        if (!owned) return registered?.Jwks is { } jwks ? JsonElement.Parse(jwks) : null;
        return declared!.Keys is { } keys ? JsonElement.Parse(keys.ToUtf8()) : null;
    }
}

/// <summary>What is said of a secret.</summary>
internal sealed record SecretView(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("created_at")] DateTimeOffset CreatedAt,
    [property: JsonPropertyName("expires_at")] DateTimeOffset? ExpiresAt)
{
    public static SecretView Of(RegisteredSecret secret) => new(secret.Id, secret.CreatedAt, secret.ExpiresAt);
}
