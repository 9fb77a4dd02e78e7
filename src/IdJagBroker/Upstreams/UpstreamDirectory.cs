using System.Collections.Concurrent;
using IdJagBroker.Policies;

namespace IdJagBroker.Upstreams;

/// <summary>The keys of every upstream, kept when the catalogue is replaced as long as issuer and pinned address stay the same.</summary>
internal sealed class UpstreamDirectory(UpstreamMetadata metadata, TimeProvider clock, ILogger<UpstreamDirectory> log)
{
    private readonly ConcurrentDictionary<(string Issuer, Uri? JwksUri), UpstreamKeys> _keys = new();

    /// <summary>The keys of <paramref name="upstream"/>, whose issuer comes from the catalogue and never from a token.</summary>
    public UpstreamKeys KeysOf(CatalogIdp upstream) => _keys.GetOrAdd(
        (upstream.Issuer.Value, upstream.JwksUri),
        static (_, arguments) => new UpstreamKeys(arguments.upstream, arguments.metadata, arguments.clock, arguments.log),
        (upstream, metadata, clock, log));
}
