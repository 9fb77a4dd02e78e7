using System.Net;
using System.Net.Sockets;

namespace IdJagBroker.Egress;

/// <summary>
/// Which addresses this service connects to (SEC-16; RFC 6890 and IANA's special-purpose registries): a name that somebody else
/// controls must not lead into this machine, its network or its cloud's metadata service.
/// </summary>
internal static class SpecialUseAddress
{
    private static readonly IPNetwork[] SpecialUse = Networks(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20");

    private static readonly IPNetwork[] PrivateUse = Networks("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7");

    // Everything else of IPv6 is loopback, link-local, a translation prefix that hides an IPv4 address, or not assigned.
    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    /// <summary>Whether a connection to <paramref name="address"/> may be made.</summary>
    /// <param name="address">Resolved; an IPv4 address in IPv6 clothes is taken for what it is.</param>
    /// <param name="privateNetwork">An administrator said that this host is on the enterprise's own network: private use is allowed, and nothing else special.</param>
    /// <param name="loopback">Development.</param>
    public static bool Allows(IPAddress address, bool privateNetwork, bool loopback)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address)) return loopback;
        if (privateNetwork && PrivateUse.Any(network => network.Contains(address))) return true;
        if (address.AddressFamily is AddressFamily.InterNetworkV6 && !GlobalUnicast.Contains(address)) return false;
        return !SpecialUse.Any(network => network.Contains(address));
    }

    private static IPNetwork[] Networks(params string[] networks) => [.. networks.Select(IPNetwork.Parse)];
}
