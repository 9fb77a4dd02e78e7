using System.Net;
using System.Net.Sockets;

namespace IdJagBroker.McpAuthorization;

/// <summary>Which addresses a key set may come from (SEC-16, RFC 6890): an issuer's name must not lead into this machine or its cloud's metadata service.</summary>
internal static class PublicAddress
{
    private static readonly IPNetwork[] SpecialUse =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(IPNetwork.Parse),
    ];

    private static readonly IPNetwork[] PrivateUse =
        [.. new[] { "10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7" }.Select(IPNetwork.Parse)];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    public static bool Allows(IPAddress address, bool privateNetwork, bool loopback)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address)) return loopback;
        if (privateNetwork && PrivateUse.Any(network => network.Contains(address))) return true;
        if (address.AddressFamily is AddressFamily.InterNetworkV6 && !GlobalUnicast.Contains(address)) return false;
        return !SpecialUse.Any(network => network.Contains(address));
    }
}
