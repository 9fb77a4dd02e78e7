using System.ComponentModel.DataAnnotations;

namespace IdJagBroker.Hosting;

/// <summary>Who this broker is and where it listens. Bound to <c>Broker</c>.</summary>
internal sealed class BrokerOptions
{
    /// <summary>The issuer identifier, https (http only on loopback in Development). Every URL in metadata comes from here, never from a request.</summary>
    [Required]
    public string Issuer { get; set; } = "";

    /// <summary>Where the public endpoints listen. Plain http is taken on loopback only.</summary>
    [Required]
    public string PublicUrl { get; set; } = "";

    /// <summary>Where admin API and health listen; a port of its own.</summary>
    [Required]
    public string ManagementUrl { get; set; } = "";

    /// <summary>The directory of the catalogue and the policies; not read where <c>Policies:Source</c> is <c>database</c>.</summary>
    [Required]
    public string Policies { get; set; } = "policies";

    /// <summary>
    /// The networks (CIDR) of the reverse proxies whose <c>X-Forwarded-For</c> says where a request comes from. Nobody else's counts, and no
    /// other forwarded header counts at all.
    /// </summary>
    public string[] TrustedProxies { get; set; } = [];
}
