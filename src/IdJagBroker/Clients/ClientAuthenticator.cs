using IdJagBroker.Audit;
using IdJagBroker.Clients.Registry;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Clients;

/// <summary>Who asks? (RFC 6749 §2.3, RFC 7523 §2.2.) Every failure looks alike to the client.</summary>
internal sealed class ClientAuthenticator(ClientSecretHash secrets, ClientAssertion assertions, ClientRegistry registry)
{
    private const string Reason = "REQ_CLIENT_AUTH";
    private static readonly JsonWebKeySet NoKeys = new([]);

    /// <summary>
    /// Refuses with <c>invalid_client</c>, and a disabled client that has proved who it is with <c>unauthorized_client</c>. Notes in <paramref name="attempt"/> which known client the request names.
    /// </summary>
    public OAuthResult<AuthenticatedClient> Authenticate(ClientCredentials credentials, Catalog catalog, IssuanceAttempt attempt)
    {
        var (client, clientId, secret) = Find(credentials, catalog);
        attempt.Client = client?.Alias;
        return credentials.Method switch
        {
            ClientAuthenticationMethod.PrivateKeyJwt => ByAssertion(credentials, client, clientId, attempt),
            ClientAuthenticationMethod.None => Refuse(credentials, client is null ? "REQ_UNKNOWN_CLIENT" : Reason, "no credentials"),
            _ => BySecret(credentials, client, clientId, secret!, attempt),
        };
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
        ClientCredentials credentials, CatalogClient? client, string? clientId, IssuanceAttempt attempt)
    {
        if (client is null || clientId is null) return Refuse(credentials, "REQ_UNKNOWN_CLIENT", "unknown client");
        if (client.Auth is not ClientAuth.PrivateKeyJwt)
            return Refuse(credentials, Reason, "the client is not registered for private_key_jwt");
        return assertions.Check(credentials.Assertion!, clientId, client.Keys ?? NoKeys, out var use) is { } fault
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
        var clientId = credentials.ClientId ?? ClientAssertion.NamedClient(credentials.Assertion);
        var client = clientId is null ? null : registry.Find(catalog, clientId);
        if (client is null && credentials.Raw is { } raw && registry.Find(catalog, raw.ClientId) is { } unencoded)
            return (unencoded, raw.ClientId, raw.Secret);
        return (client, clientId, credentials.Secret);
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
