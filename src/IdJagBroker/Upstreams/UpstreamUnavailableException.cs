namespace IdJagBroker.Upstreams;

/// <summary>An upstream's keys cannot be had and none that are recent enough are kept. Never a reason to accept (IDP-62).</summary>
internal sealed class UpstreamUnavailableException(string upstream, Exception? inner = null)
    : Exception($"The keys of upstream '{upstream}' cannot be had.", inner);
