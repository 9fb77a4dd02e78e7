using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization.Clients;

/// <summary>Authenticates the clients in the options: by secret (RFC 6749 §2.3.1), by assertion (RFC 7523 §2.2), or not at all where a rule says so (C-18).</summary>
internal sealed class ClientAuthenticator : IClientAuthenticator
{
    private readonly IReadOnlyList<JwsAlgorithm> _algorithms;
    private readonly string[] _audiences;
    private readonly HashSet<string> _public;
    private readonly RegisteredClients _clients;
    private readonly ReuseRule _reuse;
    private readonly TimeProvider _clock;

    public ClientAuthenticator(IOptions<IdJagAuthorizationServerOptions> options, RegisteredClients clients, ReuseRule reuse, TimeProvider clock)
    {
        var value = options.Value;
        (_clients, _reuse, _clock, _algorithms) = (clients, reuse, clock, value.ClientAssertionAlgorithms);
        _audiences = value.AcceptsTokenEndpointAsAudience ? [value.Issuer, value.Issuer.TrimEnd('/') + "/token"] : [value.Issuer];
        _public = value.TrustedIssuers.SelectMany(trust => trust.PublicClientIds).ToHashSet(StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public ValueTask<OAuthResult<AuthenticatedClient>> AuthenticateAsync(ClientCredentials credentials, CancellationToken ct) => credentials.Method switch
    {
        ClientAuthenticationMethod.ClientSecretBasic or ClientAuthenticationMethod.ClientSecretPost => new(BySecret(credentials)),
        ClientAuthenticationMethod.PrivateKeyJwt => ByAssertionAsync(credentials, ct),
        _ => ByRuleAsync(credentials.ClientId!, ct),
    };

    private OAuthResult<AuthenticatedClient> BySecret(ClientCredentials credentials)
    {
        var client = Find(credentials.ClientId!, credentials.Secret!);
        // SEC-22: some clients do not encode the halves of Basic. Both readings are tried, whatever the first one gave.
        if (credentials.Raw is { } raw) client = Find(raw.ClientId, raw.Secret) ?? client;
        return client is null ? Refuse("no client has that secret", credentials.UsedBasic) : client.Authenticated();
    }

    private RegisteredClient? Find(string clientId, string secret)
    {
        var client = _clients.Find(clientId);
        return ClientSecrets.Match(client?.Registration.KnownSecrets, secret) ? client : null;
    }

    private async ValueTask<OAuthResult<AuthenticatedClient>> ByAssertionAsync(ClientCredentials credentials, CancellationToken ct)
    {
        if (!CompactJws.TryParse(credentials.Assertion!.Value, ClientAssertion.MaxChars, out var jws, out var failure)) return Refuse(failure.ToString());
        using (jws)
        {
            var clientId = credentials.ClientId ?? ClientAssertion.NamedClient(jws);
            if (clientId is null || _clients.Find(clientId) is not { } client) return Refuse("unknown client");
            // Before the keys are asked for: an assertion whose alg is hopeless causes no fetch.
            if (jws.Header.Algorithm is not { } algorithm || !_algorithms.Contains(algorithm)) return Refuse(nameof(JwsFailure.AlgorithmNotAllowed));
            var (keys, _, missing, mustProve) = await client.Keys.GetAsync(jws.Header.KeyId, ct);
            if (keys is null) return Refuse(missing!);
            if (!ClientAssertion.TryCheck(jws, clientId, keys, _algorithms, _audiences, _clock.GetUtcNow(), out var assertion, out var fault)) return Refuse(fault);
            return await _reuse.TryUseAsync(assertion, ct) is { } refusal ? refusal : client.Authenticated(mustProve);
        }
    }

    // C-18, RAS-05: only whom an issuer's rule names, and nobody is asked for the document of anybody else.
    private async ValueTask<OAuthResult<AuthenticatedClient>> ByRuleAsync(string clientId, CancellationToken ct)
    {
        if (!_public.Contains(clientId) || _clients.Find(clientId) is not { } client)
            return OAuthError.UnauthorizedClient("public clients are not allowed").Because("PUBLIC_CLIENT");
        var (_, isPublic, fault, mustProve) = await client.Keys.GetAsync(null, ct);
        return isPublic ? client.Authenticated(mustProve, isPublic: true) : Refuse(fault ?? "the client has keys, and did not use them");        // CIMD-05
    }

    private static OAuthError Refuse(string detail, bool challengesBasic = false) =>
        OAuthError.InvalidClient("client authentication failed", challengesBasic).Because("REQ_CLIENT_AUTH", detail);
}
