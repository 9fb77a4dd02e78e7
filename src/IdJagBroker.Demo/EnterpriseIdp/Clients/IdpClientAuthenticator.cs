using IdJagBroker.Protocol;

namespace IdJagBroker.Demo.EnterpriseIdp.Clients;

/// <summary>Who asks for tokens: by <c>client_secret_basic</c>, <c>client_secret_post</c> or <c>private_key_jwt</c> (OpenID Connect Core §9).</summary>
internal sealed class IdpClientAuthenticator(IdpOptions options, ClientAssertions assertions)
{
    /// <summary>Refuses with <c>invalid_client</c>.</summary>
    public async Task<OAuthResult<IdpClient>> AuthenticateAsync(ClientCredentials credentials, CancellationToken ct)
    {
        var (client, fault) = credentials.Assertion is { } assertion
            ? await assertions.CheckAsync(assertion, credentials.ClientId, ct)
            : (BySecret(credentials), "client authentication failed");
        if (client is null || (client.AuthenticatesBy is { } only && only != credentials.Method)) return OAuthError.InvalidClient(fault, credentials.UsedBasic);
        return client;
    }

    private IdpClient? BySecret(ClientCredentials credentials)
    {
        var (id, secret) = credentials.Raw ?? (credentials.ClientId ?? "", credentials.Secret ?? "");
        return Find(credentials.ClientId, credentials.Secret) ?? Find(id, secret);
    }

    private IdpClient? Find(string? id, string? secret)
    {
        var client = options.Clients.FirstOrDefault(c => string.Equals(c.ClientId, id, StringComparison.Ordinal));
        return client?.Secret is { } expected && secret is not null && SameText.In(expected, secret) ? client : null;
    }
}
