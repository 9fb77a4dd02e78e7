using System.Collections.Frozen;
using IdJagBroker.Protocol;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization;

/// <summary>A trusted issuer, with its keys.</summary>
internal sealed record TrustedIdp(TrustedIssuer Trust, IIssuerKeys Keys)
{
    /// <summary>Whether it may speak for a client (ID-JAG §4.1).</summary>
    public bool MaySpeakFor(string clientId) => Trust.ClientIds.Count is 0 || Trust.ClientIds.Contains(clientId, StringComparer.Ordinal);

    /// <summary>Whether a client has proved who it is, or need not for this issuer (C-18).</summary>
    public bool Admits(AuthenticatedClient client) => !client.IsPublic || Trust.PublicClientIds.Contains(client.ClientId, StringComparer.Ordinal);

    /// <summary>Whether a client's id means that client in the tenant here that the issuer's people belong to (JAG-30).</summary>
    public bool IsInTenantOf(AuthenticatedClient client) =>
        client.AudienceTenant is null || string.Equals(client.AudienceTenant, Trust.AudienceTenant, StringComparison.Ordinal);

    /// <summary>Whether the claims name a tenant that is trusted, and the tenant here that its people belong to (C-16, RAS-31).</summary>
    public bool Covers(IdJag claims) =>
        (Trust.Tenants.Count is 0 || (claims.Tenant is not null && Trust.Tenants.Contains(claims.Tenant, StringComparer.Ordinal)))
        && (claims.AudienceTenant is null || string.Equals(claims.AudienceTenant, Trust.AudienceTenant, StringComparison.Ordinal));
}

/// <summary>The trusted issuers by their exact identifiers. What is not in here has no keys, and nothing is fetched for it (RAS-10).</summary>
internal sealed class TrustedIdps(
    IOptions<IdJagAuthorizationServerOptions> options, IssuerFetch fetch, TimeProvider clock, ILogger<TrustedIdps> logger)
{
    private readonly FrozenDictionary<string, TrustedIdp> _byIssuer = options.Value.TrustedIssuers
        .ToFrozenDictionary(trust => trust.Issuer, trust => new TrustedIdp(trust, KeysOf(trust, fetch, clock, logger)), StringComparer.Ordinal);

    public TrustedIdp? Find(string issuer) => _byIssuer.GetValueOrDefault(issuer);

    private static RemoteIssuerKeys KeysOf(TrustedIssuer trust, IssuerFetch fetch, TimeProvider clock, ILogger logger)
    {
        Issuer.TryParse(trust.Issuer, fetch.AllowsLoopbackHttp, out var issuer);
        var source = new IssuerKeySource(issuer!, trust.JwksUri is null ? null : new Uri(trust.JwksUri), trust.IsOnPrivateNetwork, fetch);
        return new RemoteIssuerKeys(trust.Issuer, source, clock, logger);
    }
}
