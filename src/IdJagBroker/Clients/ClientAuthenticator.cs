using IdJagBroker.Audit;
using IdJagBroker.Clients.Documents;
using IdJagBroker.Clients.Registry;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Clients;

/// <summary>Who asks? (RFC 6749 §2.3, RFC 7523 §2.2.) Every failure looks alike to the client.</summary>
internal sealed class ClientAuthenticator(ClientSecretHash secrets, ClientAssertion assertions, ClientRegistry registry, PublishedClientKeys published)
{
    private const string Reason = "REQ_CLIENT_AUTH";
    private const string Disabled = "the client is disabled";
    private static readonly JsonWebKeySet NoKeys = new([]);

    /// <summary>
    /// Refuses with <c>invalid_client</c>, and a disabled client that has proved who it is with <c>unauthorized_client</c>. Notes in
    /// <paramref name="attempt"/> which known client the request names. Waits only for keys that are published elsewhere.
    /// </summary>
    public ValueTask<OAuthResult<AuthenticatedClient>> AuthenticateAsync(
        ClientCredentials credentials, Catalog catalog, IssuanceAttempt attempt, CancellationToken ct)
    {
        if (credentials.Method is ClientAuthenticationMethod.PrivateKeyJwt) return ByAssertionAsync(credentials, catalog, attempt, ct);
        var (client, clientId, secret) = Find(credentials, catalog);
        Note(client, clientId, attempt);
        return new(credentials.Method is ClientAuthenticationMethod.None
            ? Refuse(credentials, client is null ? "REQ_UNKNOWN_CLIENT" : Reason, "no credentials")
            : BySecret(credentials, client, clientId, secret!, attempt));
    }

    private ValueTask<OAuthResult<AuthenticatedClient>> ByAssertionAsync(
        ClientCredentials credentials, Catalog catalog, IssuanceAttempt attempt, CancellationToken ct)
    {
        var isJws = CompactJws.TryParse(credentials.Assertion!.Value, ClientAssertion.MaxChars, out var assertion, out var failure);
        var clientId = credentials.ClientId ?? ClientAssertion.NamedClient(assertion);
        var client = clientId is null ? null : registry.Find(catalog, clientId);
        Note(client, clientId, attempt);
        if (client is { KeysAreElsewhere: true } && isJws) return ByPublishedKeysAsync(credentials, assertion!, client, clientId!, attempt, ct);
        using (assertion)
        {
            if (client is null || clientId is null) return new(Refuse(credentials, "REQ_UNKNOWN_CLIENT", "unknown client"));
            if (!isJws) return new(Refuse(credentials, Reason, failure.ToString()));
            return new(ByAssertion(credentials, assertion!, client, clientId, client.Keys ?? NoKeys, attempt));
        }
    }

    // What costs a fetch comes after what costs nothing: nobody is asked for the keys of a client that is refused in any case.
    private async ValueTask<OAuthResult<AuthenticatedClient>> ByPublishedKeysAsync(
        ClientCredentials credentials, CompactJws assertion, CatalogClient client, string clientId, IssuanceAttempt attempt, CancellationToken ct)
    {
        using (assertion)
        {
            if (!client.Enabled) return Refuse(credentials, Reason, Disabled);
            var (keys, missing) = await published.GetAsync(client, clientId, assertion.Header.KeyId, ct);
            return keys is null ? Refuse(credentials, Reason, missing!) : ByAssertion(credentials, assertion, client, clientId, keys, attempt);
        }
    }

    private OAuthResult<AuthenticatedClient> BySecret(
        ClientCredentials credentials, CatalogClient? client, string? clientId, string secret, IssuanceAttempt attempt)
    {
        // An unknown client goes the same way as a known one with a wrong secret, both halves compared.
        var hashes = client?.SecretHashes ?? [];
        var right = secrets.Matches(secret, hashes) | secrets.Matches(credentials.Raw?.Secret ?? secret, hashes);
        if (client is null) return Refuse(credentials, "REQ_UNKNOWN_CLIENT", "unknown client");
        if (!right) return Refuse(credentials, Reason, "wrong secret");
        if (client.Auth is not ClientAuth.ClientSecret)
            return Refuse(credentials, Reason, "the client is not registered for a secret");
        return Accept(credentials, client, clientId!, null, attempt);
    }

    private OAuthResult<AuthenticatedClient> ByAssertion(
        ClientCredentials credentials, CompactJws assertion, CatalogClient client, string clientId, JsonWebKeySet keys, IssuanceAttempt attempt)
    {
        if (client.Auth is not ClientAuth.PrivateKeyJwt)
            return Refuse(credentials, Reason, "the client is not registered for private_key_jwt");
        return assertions.Check(assertion, clientId, keys, out var use) is { } fault
            ? Refuse(credentials, Reason, fault)
            : Accept(credentials, client, clientId, use, attempt);
    }

    private static OAuthResult<AuthenticatedClient> Accept(
        ClientCredentials credentials, CatalogClient client, string clientId, ReplayKey? use, IssuanceAttempt attempt)
    {
        (attempt.ClientAuthentication, attempt.Uses) = (MethodName(credentials.Method), use is null ? [] : [use]);
        return client.Enabled
            ? new AuthenticatedClient(client, clientId, credentials.Method)
            : OAuthError.UnauthorizedClient("the client is not enabled").Because("CLIENT_DISABLED");     // IDP-25: only who has proved it hears it
    }

    // Some clients send Basic unencoded (SEC-22): the pair as it stands counts when the decoded one names nobody.
    private (CatalogClient? Client, string? ClientId, string? Secret) Find(ClientCredentials credentials, Catalog catalog)
    {
        var clientId = credentials.ClientId;
        var client = clientId is null ? null : registry.Find(catalog, clientId);
        if (client is null && credentials.Raw is { } raw && registry.Find(catalog, raw.ClientId) is { } unencoded)
            return (unencoded, raw.ClientId, raw.Secret);
        return (client, clientId, credentials.Secret);
    }

    private static void Note(CatalogClient? client, string? clientId, IssuanceAttempt attempt)
    {
        attempt.Client = client?.Alias;
        if (client is { ByDocument: true }) attempt.ClientDocument = clientId;
    }

    private static OAuthError Refuse(ClientCredentials credentials, string reason, string detail) =>
        OAuthError.InvalidClient("client authentication failed", credentials.UsedBasic).Because(reason, detail);

    private static string MethodName(ClientAuthenticationMethod method) => method switch
    {
        ClientAuthenticationMethod.PrivateKeyJwt => "private_key_jwt",
        ClientAuthenticationMethod.ClientSecretBasic => "client_secret_basic",
        _ => "client_secret_post",
    };
}
