using System.Net;
using IdJagBroker.Keys;
using IdJagBroker.Protocol;

namespace IdJagBroker.Hosting;

/// <summary>What the start needs of the configuration, checked.</summary>
/// <param name="Issuer">Who this broker is.</param>
/// <param name="PublicUrl">Where the public endpoints listen.</param>
/// <param name="ManagementUrl">Where the management endpoints listen.</param>
/// <param name="Policies">The policies' directory.</param>
/// <param name="AllowLoopbackHttp">Development: plain http on loopback, for issuers and for fetching their keys.</param>
internal sealed record BrokerSettings(Issuer Issuer, Uri PublicUrl, Uri ManagementUrl, string Policies, bool AllowLoopbackHttp)
{
    /// <summary>The reverse proxies whose word about a caller's address counts.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];

    /// <exception cref="StartupFailedException">A value is missing or must not be (SEC-01).</exception>
    public static BrokerSettings Read(IConfiguration configuration, bool development)
    {
        var options = configuration.GetSection("Broker").Get<BrokerOptions>() ?? new BrokerOptions();
        if (!Issuer.TryParse(options.Issuer, development, out var issuer))
            throw new StartupFailedException($"Broker:Issuer must be an https URL without query or fragment{(development ? " (or http on loopback)" : "")}, not '{options.Issuer}'.");
        var settings = new BrokerSettings(
            issuer, ReadUrl("Broker:PublicUrl", options.PublicUrl), ReadUrl("Broker:ManagementUrl", options.ManagementUrl), options.Policies, development)
        {
            TrustedProxies = [.. options.TrustedProxies.Select(ReadNetwork)],
        };
        if (settings.PublicUrl.Port == settings.ManagementUrl.Port)
            throw new StartupFailedException("Broker:PublicUrl and Broker:ManagementUrl must have ports of their own.");
        KeyProviders.CheckMode(configuration["Keys:Mode"] ?? "local", development);
        return settings;
    }

    private static IPNetwork ReadNetwork(string value) =>
        IPNetwork.TryParse(value, out var network) && network.PrefixLength > 0       // 0 is everybody, who may then say anything
            ? network
            : throw new StartupFailedException($"Broker:TrustedProxies must be networks such as 10.1.2.0/24, not '{value}'.");

    private static Uri ReadUrl(string name, string value)
    {
        if (!Uri.TryCreate(value, UriKind.Absolute, out var url) || url.AbsolutePath is not "/" || url.Port is 0)
            throw new StartupFailedException($"{name} must be a URL of scheme, host and port, not '{value}'.");
        return url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback)
            ? url
            : throw new StartupFailedException($"{name} must be https; plain http is for loopback only.");
    }
}
