using IdJagBroker.Policies;

namespace IdJagBroker.Upstreams;

/// <summary>Where an issuer's keys are, by configuration alone (SEC-10). Two registrations that say the same share what is fetched.</summary>
/// <param name="Upstream">The alias, for the log.</param>
/// <param name="Issuer">What the metadata must give as its <c>issuer</c>, exactly.</param>
/// <param name="Metadata">Where the metadata is.</param>
/// <param name="JwksUri">Where the keys are, if that is pinned; the metadata is not asked then.</param>
/// <param name="PrivateNetwork">Whether these hosts may be on the enterprise's own network.</param>
internal sealed record UpstreamKeySource(string Upstream, string Issuer, Uri Metadata, Uri? JwksUri, bool PrivateNetwork)
{
    /// <summary>OpenID Connect Discovery §4.</summary>
    public const string WellKnown = "/.well-known/openid-configuration";

    public static UpstreamKeySource Of(CatalogIdp idp, string issuer, Uri metadata) =>
        new(idp.Alias, issuer, metadata, idp.JwksUri, idp.PrivateNetwork);
}
