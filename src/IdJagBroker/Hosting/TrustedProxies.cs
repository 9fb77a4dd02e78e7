using Microsoft.AspNetCore.HttpOverrides;

namespace IdJagBroker.Hosting;

/// <summary>
/// Takes the caller's address from configured reverse proxies: without it, all who come through one share its rate limit. Scheme and host are
/// never taken from a header; every URL comes from the configured issuer.
/// </summary>
internal static class TrustedProxies
{
    public static void Use(IApplicationBuilder app, IReadOnlyList<System.Net.IPNetwork> networks)
    {
        if (networks.Count is 0) return;
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in networks) options.KnownIPNetworks.Add(network);
        app.UseForwardedHeaders(options);
    }
}
