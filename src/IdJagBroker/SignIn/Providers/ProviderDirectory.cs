using System.Collections.Concurrent;
using IdJagBroker.Egress;
using IdJagBroker.Policies;
using IdJagBroker.Upstreams;
using IdJagBroker.Upstreams.Profiles;

namespace IdJagBroker.SignIn.Providers;

/// <summary>The metadata of every provider that people are sent to: pinned to the registered issuer, kept for ten minutes, and through an outage for a day.</summary>
internal sealed class ProviderDirectory(EgressClient egress, TimeProvider clock)
{
    private readonly ConcurrentDictionary<UpstreamKeySource, Kept<ProviderMetadata>> _kept = new();

    /// <exception cref="UpstreamUnavailableException">There is none, or none recent enough.</exception>
    public async ValueTask<ProviderMetadata> GetAsync(CatalogIdp idp, CancellationToken ct)
    {
        var source = UpstreamProfiles.Of(idp.Kind).KeysFor(idp, IdpIssuers.Of(idp)[0]);
        var (metadata, fault) = await _kept.GetOrAdd(source, Keep).GetAsync(null, ct);
        return metadata ?? throw new UpstreamUnavailableException(idp.Alias, new HttpRequestException(fault));
    }

    private Kept<ProviderMetadata> Keep(UpstreamKeySource source) => new(async () =>
    {
        var response = await egress.GetAsync(source.Metadata, new EgressLimits(UpstreamMetadata.MaxBytes, UpstreamMetadata.Patience, source.PrivateNetwork), CancellationToken.None);
        return new Fetched<ProviderMetadata>(ProviderMetadata.Parse(response.Ok(), source.Issuer, egress.IsPermitted), UpstreamKeys.Fresh);
    }, clock) { RetryWhileEmpty = TimeSpan.FromSeconds(1), WaitsForRefresh = true };
}
