using System.Collections.Concurrent;

namespace IdJagBroker.Upstreams;

/// <summary>The keys of every upstream, kept when the catalogue is replaced as long as issuer and pinned address stay the same.</summary>
internal sealed class UpstreamDirectory(UpstreamMetadata metadata, TimeProvider clock, ILogger<UpstreamDirectory> log)
{
    private readonly ConcurrentDictionary<UpstreamKeySource, UpstreamKeys> _keys = new();

    /// <summary>The keys at <paramref name="source"/>, which comes from the catalogue and never from a token.</summary>
    public UpstreamKeys KeysOf(UpstreamKeySource source) => _keys.GetOrAdd(
        source, static (key, arguments) => new UpstreamKeys(key, arguments.metadata, arguments.clock, arguments.log), (metadata, clock, log));
}
