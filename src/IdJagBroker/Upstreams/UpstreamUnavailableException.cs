namespace IdJagBroker.Upstreams;

/// <summary>What is needed of an upstream cannot be had, its keys, its metadata or its word about a person, and nothing recent enough is kept. Never a reason to accept (IDP-62).</summary>
internal sealed class UpstreamUnavailableException(string upstream, Exception? inner = null)
    : Exception($"What is needed of upstream '{upstream}' cannot be had.", inner);
