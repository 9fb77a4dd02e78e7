using System.Globalization;
using System.Net;

namespace IdJagBroker.Audit;

/// <summary>The log keeps the network that a request came from, not the address: /24 of IPv4, /48 of IPv6.</summary>
internal static class CallerNetwork
{
    public static string? Of(IPAddress? address)
    {
        if (address is null) return null;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        if (length is 4) return string.Create(CultureInfo.InvariantCulture, $"{bytes[0]}.{bytes[1]}.{bytes[2]}.0/24");
        bytes[6..].Clear();
        return $"{new IPAddress(bytes)}/48";
    }
}
