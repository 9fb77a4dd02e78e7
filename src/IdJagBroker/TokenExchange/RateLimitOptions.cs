using System.ComponentModel.DataAnnotations;

namespace IdJagBroker.TokenExchange;

/// <summary>
/// How often one client, person, authorization server or address may ask, on each replica: so many requests a second for ever, and a burst besides. Bound to
/// <c>RateLimits</c>. There is no value that means "no limit" (ADR 0012).
/// </summary>
internal sealed class RateLimitOptions
{
    private const int Most = 100_000;

    /// <summary>Requests per second of one client that has proved who it is.</summary>
    [Range(1, Most)]
    public int ClientPerSecond { get; set; } = 500;

    [Range(1, Most)]
    public int ClientBurst { get; set; } = 1_000;

    /// <summary>Requests per second about one person, through whichever clients.</summary>
    [Range(1, Most)]
    public int SubjectPerSecond { get; set; } = 10;

    [Range(1, Most)]
    public int SubjectBurst { get; set; } = 30;

    /// <summary>
    /// Requests per second from one IPv4 address or one IPv6 network of 64 bits. An MCP gateway or an office behind one address sends for
    /// many people, so this bounds a flood and not a use.
    /// </summary>
    [Range(1, Most)]
    public int AddressPerSecond { get; set; } = 500;

    [Range(1, Most)]
    public int AddressBurst { get; set; } = 1_000;

    /// <summary>Batches of receipts per second of one authorization server.</summary>
    [Range(1, Most)]
    public int ReceiptsPerSecond { get; set; } = 10;

    [Range(1, Most)]
    public int ReceiptsBurst { get; set; } = 30;
}
