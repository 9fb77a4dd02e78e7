using IdJagBroker.McpAuthorization.AccessTokens;
using IdJagBroker.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization;

/// <summary>Stops the start of an authorization server that is misconfigured, or whose trust is incomplete (RAS-11, SEC-01).</summary>
internal sealed class IdJagAuthorizationServerValidation(IHostEnvironment environment, IServiceProviderIsService services) : IValidateOptions<IdJagAuthorizationServerOptions>
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, IdJagAuthorizationServerOptions options)
    {
        string[] faults = [.. Server(options), .. options.TrustedIssuers.SelectMany(trust => Trust(trust, options)), .. Resources(options), .. Clients(options), .. DocumentHosts(options), .. Records(options)];
        return faults.Length is 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private IEnumerable<string> Server(IdJagAuthorizationServerOptions options)
    {
        if (!IsIssuer(options.Issuer)) yield return "Issuer: an https URL without query or fragment (http on loopback in Development).";
        else if (options.Issuer.AsSpan().IndexOfAny('{', '}', '%') >= 0) yield return "Issuer: its path may not hold { } or %.";
        if (options.TokenEndpoint is { } endpoint && !(Uri.TryCreate(endpoint, UriKind.Absolute, out var token) && IsSecure(token) && token.Fragment.Length + token.Query.Length is 0))
            yield return "TokenEndpoint: an https URL without query or fragment.";
        if (options.SigningKey is null && !options.IssuesElsewhere) yield return "SigningKey: is required.";
        else if (options.SigningKey is { PublicKey.KeyId: not { Length: > 0 } }) yield return "SigningKey: its public key needs a kid.";
        else if (!AreUnique(options.PublishedKeys.Select(key => key.KeyId).Concat(options.SigningKey is { } own ? [own.PublicKey.KeyId] : [])))
            yield return "PublishedKeys: each key needs a kid of its own.";
        if (options.AccessTokenLifetime < Shortest || options.AccessTokenLifetime > Longest) yield return "AccessTokenLifetime: 30 s to 1 h.";
        if (options.MaxIdJagLifetime < Shortest || options.MaxIdJagLifetime > Longest) yield return "MaxIdJagLifetime: 30 s to 1 h.";
        if (options.Dpop.IsNonceKeyShort) yield return $"Dpop.NonceKey: at least {DpopOptions.MinNonceKeyBytes} bytes.";
        if (options.TrustedIssuers.Count is 0) yield return "TrustedIssuers: at least one.";
        if (!AreUnique(options.TrustedIssuers.Select(trust => trust.Issuer))) yield return "TrustedIssuers: one is there twice.";
    }

    private IEnumerable<string> Trust(TrustedIssuer trust, IdJagAuthorizationServerOptions options)
    {
        var at = $"TrustedIssuers[{trust.Issuer}]";
        if (!IsIssuer(trust.Issuer)) yield return $"{at}: an https URL without query or fragment (http on loopback in Development).";
        if (Issuer.TryParse(trust.Issuer, true, out var issuer) && issuer.IsNamedBy(options.Issuer)) yield return $"{at}: an issuer cannot trust itself (C-24).";
        if (trust.JwksUri is { } jwks && !(Uri.TryCreate(jwks, UriKind.Absolute, out var url) && IsSecure(url))) yield return $"{at}.JwksUri: an https URL.";
        if (trust.Algorithms.Count is 0) yield return $"{at}.Algorithms: at least one.";
        if (!trust.ClientIds.All(id => options.Clients.Any(client => client.ClientId == id) || options.ClientDocumentHosts.Any(host => host.Has(id))))
            yield return $"{at}.ClientIds: one is not registered in Clients.";
        if (!trust.PublicClientIds.All(id => options.Clients.Any(client => client.ClientId == id && client.UsesMetadataDocument) || options.ClientDocumentHosts.Any(host => host.Has(id))))
            yield return $"{at}.PublicClientIds: a public client is known by its metadata document, and the document is registered in Clients or ClientDocumentHosts (C-18).";
        if (trust.MaxLifetime is { } longest && (longest < Shortest || longest > options.MaxIdJagLifetime)) yield return $"{at}.MaxLifetime: 30 s to MaxIdJagLifetime.";
        if (trust.Resources.Except(options.Resources.Select(resource => resource.Resource), StringComparer.Ordinal).Any())
            yield return $"{at}.Resources: one is not in Resources, or is spelled otherwise there.";
        if (!trust.Scopes.All(ScopeSet.IsScope)) yield return $"{at}.Scopes: RFC 6749 §3.3.";
        if (trust.Subjects is { } subjects)
        {
            foreach (var fault in subjects.Faults) yield return $"{at}.Subjects.{fault}";
            if (!services.IsService(typeof(IAccountStore))) yield return $"{at}.Subjects: there are no accounts to look in; call UseAccounts.";
        }
        if (trust.Receipts is { } receipts)
        {
            if (receipts.Endpoint is { } endpoint && !(Uri.TryCreate(endpoint, UriKind.Absolute, out var to) && IsSecure(to) && to.Fragment.Length is 0)) yield return $"{at}.Receipts.Endpoint: an https URL.";
            if (receipts.SigningKey is null && options.SigningKey is null) yield return $"{at}.Receipts.SigningKey: is required where access tokens are signed elsewhere.";
            if (receipts.SigningKey is { } key && key.PublicKey.KeyId is not { Length: > 0 }) yield return $"{at}.Receipts.SigningKey: its public key needs a kid.";
            if (receipts.Delay < TimeSpan.Zero || receipts.Delay > LongestDelay) yield return $"{at}.Receipts.Delay: 0 to 1 min.";
            if (receipts.MaxWaiting is < 1 or > 1_000_000) yield return $"{at}.Receipts.MaxWaiting: 1 to 1,000,000.";
        }
        if (!trust.AccessTokenClaims.All(CarriedClaims.MayBe)) yield return $"{at}.AccessTokenClaims: claims of the person or the enterprise, none that says what a token is.";
        if (trust.Tenants.Any(string.IsNullOrWhiteSpace) || trust.AudienceTenant is "") yield return $"{at}: a tenant has no name.";
    }

    private static IEnumerable<string> Resources(IdJagAuthorizationServerOptions options)
    {
        if (options.Resources.Count is 0) yield return "Resources: at least one.";
        var indicators = new HashSet<ResourceIndicator>();
        foreach (var resource in options.Resources)
        {
            var at = $"Resources[{resource.Resource}]";
            if (!ResourceIndicator.TryParse(resource.Resource, out var indicator)) yield return $"{at}: an absolute URL without fragment.";
            else if (!indicators.Add(indicator)) yield return $"{at}: is there twice.";
            if (resource.AudienceTenant is { Length: 0 }) yield return $"{at}.AudienceTenant: a tenant has no name.";
            if (!resource.Scopes.All(ScopeSet.IsScope) || resource.Scopes.Contains("offline_access", StringComparer.Ordinal))
                yield return $"{at}.Scopes: RFC 6749 §3.3, and no offline_access (RAS-43).";
            else if (resource.ScopesWithoutClaim.Except(resource.Scopes, StringComparer.Ordinal).Any())
                yield return $"{at}.ScopesWithoutClaim: only what is in Scopes.";
        }
    }

    private IEnumerable<string> Clients(IdJagAuthorizationServerOptions options)
    {
        if (options.ClientAssertionAlgorithms.Count is 0) yield return "ClientAssertionAlgorithms: at least one.";
        if (!AreUnique(options.Clients.Select(client => client.ClientId))) yield return "Clients: one is there twice.";
        foreach (var client in options.Clients)
        {
            var at = $"Clients[{client.ClientId}]";
            if (client.ClientId.Length is 0 or > 2048) yield return $"{at}.ClientId: is required.";
            if (client.Credentials is 0) yield return $"{at}: a secret is required, or Keys, a JwksUri or a metadata document (C-18).";
            if (client.Credentials > 1) yield return $"{at}: a client authenticates in one way; a second one would be the weaker.";
            if (client.Keys is { } keys && (keys.Keys.IsEmpty || (keys.Keys.Length > 1 && !AreUnique(keys.Keys.Select(key => key.KeyId)))))
                yield return $"{at}.Keys: at least one usable key; of several, each with a kid of its own.";
            if (client.JwksUri is { } jwks && !(Uri.TryCreate(jwks, UriKind.Absolute, out var keysAt) && IsSecure(keysAt))) yield return $"{at}.JwksUri: an https URL.";
            if (client.UsesMetadataDocument && !(ClientDocumentUrl.TryParse(client.ClientId, out var document) && IsSecure(document.Url)))
                yield return $"{at}.ClientId: the address of a document: https, with a path, without query, fragment and dot segments (CIMD-01).";
            if (client.AudienceTenant is { Length: 0 }) yield return $"{at}.AudienceTenant: a tenant has no name.";
            if (client.KnownSecrets.HasShort) yield return $"{at}: a secret has at least {IdJagClient.MinSecretChars} characters (SEC-23).";
            if (!client.Scopes.All(ScopeSet.IsScope)) yield return $"{at}.Scopes: RFC 6749 §3.3.";
        }
    }

    private IEnumerable<string> DocumentHosts(IdJagAuthorizationServerOptions options)
    {
        if (!AreUnique(options.ClientDocumentHosts.Select(host => host.Origin))) yield return "ClientDocumentHosts: one is there twice.";
        foreach (var host in options.ClientDocumentHosts)
        {
            var at = $"ClientDocumentHosts[{host.Origin}]";
            if (!ClientDocumentUrl.TryParse(host.Origin + "/x", out var url) || url.Origin != host.Origin || !IsSecure(url.Url))
                yield return $"{at}.Origin: https, a host in lower case, and its port if it has one.";
            if (host.AudienceTenant is { Length: 0 }) yield return $"{at}.AudienceTenant: a tenant has no name.";
            if (!host.Scopes.All(ScopeSet.IsScope)) yield return $"{at}.Scopes: RFC 6749 §3.3.";
        }
    }

    private static IEnumerable<string> Records(IdJagAuthorizationServerOptions options)
    {
        if (options.KeepsRecords && options.IssuesElsewhere) yield return "RecordAccessTokens, AccessTokenFormat: access tokens are issued elsewhere, so they are recorded there.";
        if (options.IntrospectionClients.Count > 0 && !options.KeepsRecords) yield return "IntrospectionClients: nothing is known of access tokens that are not recorded; set RecordAccessTokens.";
        var asking = options.IntrospectionClients.Select(client => client.ClientId).ToList();
        if (!AreUnique(asking) || asking.Intersect(options.Clients.Select(client => client.ClientId), StringComparer.Ordinal).Any())
            yield return "IntrospectionClients: one is there twice, or is one of Clients.";
        foreach (var client in options.IntrospectionClients)
        {
            var at = $"IntrospectionClients[{client.ClientId}]";
            if (client.ClientId.Length is 0 or > 2048) yield return $"{at}.ClientId: is required.";
            if (client.KnownSecrets.Hashes.Count is 0 || client.KnownSecrets.HasShort) yield return $"{at}: a secret is required, of at least {IdJagClient.MinSecretChars} characters (SEC-23).";
            if (client.Resources.Count is 0 || client.Resources.Except(options.Resources.Select(resource => resource.Resource), StringComparer.Ordinal).Any())
                yield return $"{at}.Resources: at least one, and only those of Resources, spelled as there.";
        }
    }

    private bool IsIssuer(string value) => Issuer.TryParse(value, environment.IsDevelopment(), out _);

    private bool IsSecure(Uri url) =>
        url.Scheme == Uri.UriSchemeHttps || (environment.IsDevelopment() && url.Scheme == Uri.UriSchemeHttp && url.IsLoopback);

    private static bool AreUnique(IEnumerable<string?> values)
    {
        var seen = new HashSet<string?>(StringComparer.Ordinal);
        return values.All(value => value is not null && seen.Add(value));
    }
}
