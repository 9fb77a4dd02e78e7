using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using IdJagBroker.Policies;
using IdJagBroker.Upstreams.Profiles;

namespace IdJagBroker.Upstreams;

/// <summary>The keys of every upstream, kept when the catalogue is replaced as long as issuer and pinned address stay the same.</summary>
internal sealed class UpstreamDirectory(UpstreamMetadata metadata, UpstreamRecord record, TimeProvider clock, ILogger<UpstreamDirectory> log)
{
    private readonly ConcurrentDictionary<UpstreamKeySource, UpstreamKeys> _keys = new();
    private readonly ConditionalWeakTable<CatalogIssuer, UpstreamKeys> _found = [];     // of the catalogue in use, so that a request need not build the source

    /// <summary>The keys for an issuer of the catalogue; where they are comes from there and never from a token.</summary>
    public UpstreamKeys KeysOf(CatalogIdp idp, CatalogIssuer issuer)
    {
        if (_found.TryGetValue(issuer, out var keys)) return keys;
        keys = _keys.GetOrAdd(
            UpstreamProfiles.Of(idp.Kind).KeysFor(idp, issuer),
            static (source, arguments) => new UpstreamKeys(source, arguments.metadata, arguments.record, arguments.clock, arguments.log), (metadata, record, clock, log));
        _found.AddOrUpdate(issuer, keys);
        return keys;
    }
}
