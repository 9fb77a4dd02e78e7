using IdJagBroker.Audit;
using IdJagBroker.Clients.Documents;
using IdJagBroker.Clients.Registry;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Clients;

/// <summary>Who asks? (RFC 6749 §2.3, RFC 7523 §2.2.) Every failure looks alike to the client.</summary>
internal sealed class ClientAuthenticator(ClientSecretHash secrets, ClientAssertions assertions, ClientRegistry registry, PublishedClientKeys published)
{
    private const string Reason = "REQ_CLIENT_AUTH";
    private const string Disabled = "the client is disabled";
    private const string NotByKey = "the client is not registered for private_key_jwt";
    private static readonly JsonWebKeySet NoKeys = new([]);

    /// <summary>
    /// Refuses with <c>invalid_client</c>. Who has proved who it is hears <c>unauthorized_client</c> if it is disabled, or is no
    /// <typeparamref name="T"/>: an administrator gets no ID-JAG, and a client nothing of the admin API. Notes in <paramref name="attempt"/>
    /// whom of those that are known the request names. Waits only for keys and documents that are published elsewhere.
    /// </summary>
    /// <typeparam name="T">Whose grant it is.</typeparam>
    public ValueTask<OAuthResult<Authenticated<T>>> AuthenticateAsync<T>(
        ClientCredentials credentials, Catalog catalog, IssuanceAttempt attempt, CancellationToken ct) where T : CatalogIdentity
    {
        if (credentials.Method is ClientAuthenticationMethod.PrivateKeyJwt) return ByAssertionAsync<T>(credentials, catalog, attempt, ct);
        var (known, clientId, secret) = Find(credentials, catalog);
        Note(known, clientId, attempt);
        return credentials.Method is ClientAuthenticationMethod.None
            ? ByNameAsync<T>(credentials, known, clientId!, attempt, ct)
            : new(BySecret<T>(credentials, known, clientId, secret!, attempt));
    }

    // C-18: whom the catalogue registers as public, and nobody else. It has proved nothing, so it hears no more of itself than a stranger (IDP-25).
    private ValueTask<OAuthResult<Authenticated<T>>> ByNameAsync<T>(
        ClientCredentials credentials, CatalogIdentity? known, string clientId, IssuanceAttempt attempt, CancellationToken ct) where T : CatalogIdentity
    {
        if (known is not CatalogClient { Auth: ClientAuth.None } client)
            return new(Refuse(credentials, known is null ? "REQ_UNKNOWN_CLIENT" : Reason, "no credentials"));
        if (!client.Enabled) return new(Refuse(credentials, Reason, Disabled));
        return client.ByDocument
            ? ByPublicDocumentAsync<T>(credentials, client, clientId, attempt, ct)
            : new(Accept<T>(credentials, client, clientId, null, attempt));
    }

    private async ValueTask<OAuthResult<Authenticated<T>>> ByPublicDocumentAsync<T>(
        ClientCredentials credentials, CatalogClient client, string clientId, IssuanceAttempt attempt, CancellationToken ct) where T : CatalogIdentity
    {
        var (document, fault) = await published.GetDocumentAsync(client, clientId, ct);
        return document is null ? Refuse(credentials, Reason, fault!) : Accept<T>(credentials, AsItSays(client, document), clientId, null, attempt);
    }

    private ValueTask<OAuthResult<Authenticated<T>>> ByAssertionAsync<T>(
        ClientCredentials credentials, Catalog catalog, IssuanceAttempt attempt, CancellationToken ct) where T : CatalogIdentity
    {
        var isJws = CompactJws.TryParse(credentials.Assertion!.Value, ClientAssertion.MaxChars, out var assertion, out var failure);
        var clientId = credentials.ClientId ?? ClientAssertion.NamedClient(assertion);
        var known = clientId is null ? null : Find(clientId, catalog);
        Note(known, clientId, attempt);
        if (known is CatalogClient { KeysAreElsewhere: true } client && isJws) return ByPublishedKeysAsync<T>(credentials, assertion!, client, clientId!, attempt, ct);
        using (assertion)
        {
            if (known is null || clientId is null) return new(Refuse(credentials, "REQ_UNKNOWN_CLIENT", "unknown client"));
            if (!isJws) return new(Refuse(credentials, Reason, failure.ToString()));
            return new(ByAssertion<T>(credentials, assertion!, known, clientId, known.Keys ?? NoKeys, attempt));
        }
    }

    // What costs a fetch comes after what costs nothing: nobody is asked for the keys of a client that is refused in any case.
    private async ValueTask<OAuthResult<Authenticated<T>>> ByPublishedKeysAsync<T>(
        ClientCredentials credentials, CompactJws assertion, CatalogClient client, string clientId, IssuanceAttempt attempt, CancellationToken ct) where T : CatalogIdentity
    {
        using (assertion)
        {
            if (!client.Enabled) return Refuse(credentials, Reason, Disabled);
            if (client.Auth is not ClientAuth.PrivateKeyJwt) return Refuse(credentials, Reason, NotByKey);
            var (keys, missing) = await published.GetAsync(client, clientId, assertion.Header.KeyId, ct);
            if (keys is null) return Refuse(credentials, Reason, missing!);
            if (client.ByDocument)
            {
                var (document, gone) = await published.GetDocumentAsync(client, clientId, ct);
                if (document is null) return Refuse(credentials, Reason, gone!);
                client = AsItSays(client, document);
            }
            return ByAssertion<T>(credentials, assertion, client, clientId, keys, attempt);
        }
    }

    // RFC 9449 §5.2: a client can ask for more care than the catalogue does, never for less.
    private static CatalogClient AsItSays(CatalogClient client, ClientMetadata document) =>
        document.DpopBoundAccessTokens && client.Dpop is not DpopUse.Required ? client with { Dpop = DpopUse.Required } : client;

    private OAuthResult<Authenticated<T>> BySecret<T>(
        ClientCredentials credentials, CatalogIdentity? known, string? clientId, string secret, IssuanceAttempt attempt) where T : CatalogIdentity
    {
        // An unknown client goes the same way as a known one with a wrong secret, both halves compared.
        var hashes = known?.SecretHashes ?? [];
        var right = secrets.Matches(secret, hashes) | secrets.Matches(credentials.Raw?.Secret ?? secret, hashes);
        if (known is null) return Refuse(credentials, "REQ_UNKNOWN_CLIENT", "unknown client");
        if (!right) return Refuse(credentials, Reason, "wrong secret");
        if (known.Auth is not ClientAuth.ClientSecret)
            return Refuse(credentials, Reason, "the client is not registered for a secret");
        return Accept<T>(credentials, known, clientId!, null, attempt);
    }

    private OAuthResult<Authenticated<T>> ByAssertion<T>(
        ClientCredentials credentials, CompactJws assertion, CatalogIdentity known, string clientId, JsonWebKeySet keys, IssuanceAttempt attempt) where T : CatalogIdentity
    {
        if (known.Auth is not ClientAuth.PrivateKeyJwt)
            return Refuse(credentials, Reason, NotByKey);
        return assertions.Check(assertion, clientId, keys, ReplayKey.ClientAssertion, out var use) is { } fault
            ? Refuse(credentials, Reason, fault)
            : Accept<T>(credentials, known, clientId, use, attempt);
    }

    private static OAuthResult<Authenticated<T>> Accept<T>(
        ClientCredentials credentials, CatalogIdentity known, string clientId, ReplayKey? use, IssuanceAttempt attempt) where T : CatalogIdentity
    {
        (attempt.ClientAuthentication, attempt.Uses) = (MethodName(credentials.Method), use is null ? [] : [use]);
        if (!known.Enabled) return OAuthError.UnauthorizedClient("the client is not enabled").Because("CLIENT_DISABLED");     // IDP-25: only who has proved it hears it
        return known is T registration
            ? new Authenticated<T>(registration, clientId, credentials.Method)
            : OAuthError.UnauthorizedClient("the client may not use this grant").Because("GRANT_NOT_ALLOWED");
    }

    // Some clients send Basic unencoded (SEC-22): the pair as it stands counts when the decoded one names nobody.
    private (CatalogIdentity? Known, string? ClientId, string? Secret) Find(ClientCredentials credentials, Catalog catalog)
    {
        var clientId = credentials.ClientId;
        var known = clientId is null ? null : Find(clientId, catalog);
        if (known is null && credentials.Raw is { } raw && Find(raw.ClientId, catalog) is { } unencoded)
            return (unencoded, raw.ClientId, raw.Secret);
        return (known, clientId, credentials.Secret);
    }

    // Administrators first: what somebody registers beside the catalogue can never take an administrator's place.
    private CatalogIdentity? Find(string clientId, Catalog catalog) => catalog.FindAdministrator(clientId) ?? (CatalogIdentity?)registry.Find(catalog, clientId);

    private static void Note(CatalogIdentity? known, string? clientId, IssuanceAttempt attempt)
    {
        if (known is CatalogAdministrator administrator)
        {
            attempt.Administrator = new Administrator(administrator.Alias, administrator.Role, Session: null);
            return;
        }
        attempt.Client = known?.Alias;
        if (known is CatalogClient { ByDocument: true }) attempt.ClientDocument = clientId;
    }

    private static OAuthError Refuse(ClientCredentials credentials, string reason, string detail) =>
        OAuthError.InvalidClient("client authentication failed", credentials.UsedBasic).Because(reason, detail);

    private static string MethodName(ClientAuthenticationMethod method) => method switch
    {
        ClientAuthenticationMethod.PrivateKeyJwt => "private_key_jwt",
        ClientAuthenticationMethod.ClientSecretBasic => "client_secret_basic",
        ClientAuthenticationMethod.ClientSecretPost => "client_secret_post",
        _ => "none",
    };
}
