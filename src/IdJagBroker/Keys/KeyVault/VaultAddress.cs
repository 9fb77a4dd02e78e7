using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text.RegularExpressions;
using Azure.Identity;

namespace IdJagBroker.Keys.KeyVault;

/// <summary>
/// Where a vault is: <c>https://NAME.SUFFIX/</c>, with a suffix of an Azure cloud that we know. A token for one of these is worth
/// stealing, so it is never sent to a host that merely somebody wrote down.
/// </summary>
internal sealed partial record VaultAddress
{
    private static readonly Dictionary<string, Uri> AuthorityBySuffix = new(StringComparer.Ordinal)
    {
        ["vault.azure.net"] = AzureAuthorityHosts.AzurePublicCloud,
        ["managedhsm.azure.net"] = AzureAuthorityHosts.AzurePublicCloud,
        ["vault.azure.cn"] = AzureAuthorityHosts.AzureChina,
        ["managedhsm.azure.cn"] = AzureAuthorityHosts.AzureChina,
        ["vault.usgovcloudapi.net"] = AzureAuthorityHosts.AzureGovernment,
        ["managedhsm.usgovcloudapi.net"] = AzureAuthorityHosts.AzureGovernment,
    };

    private VaultAddress(Uri uri, string? suffix) => (Uri, Suffix) = (uri, suffix);

    /// <summary>Scheme, host and port, with a slash at the end.</summary>
    public Uri Uri { get; }

    /// <summary>The suffix of its cloud's service, such as <c>vault.azure.net</c>; null for a stand-in on this machine.</summary>
    public string? Suffix { get; }

    /// <summary>A stand-in on this machine: Development only.</summary>
    public bool IsLoopback => Suffix is null;

    /// <summary>A Managed HSM, whose keys are all in hardware.</summary>
    public bool IsManagedHsm => Suffix?.StartsWith("managedhsm.", StringComparison.Ordinal) is true;

    /// <summary>Where this cloud's identities get their tokens; null for a stand-in.</summary>
    public Uri? AuthorityHost => Suffix is null ? null : AuthorityBySuffix[Suffix];

    /// <summary>Reads the address of a vault; false for anything else: another host or port, a path, http, user information.</summary>
    /// <param name="development">Also takes <c>https://127.0.0.1:PORT/</c> and <c>https://localhost:PORT/</c>.</param>
    public static bool TryParse(string? text, bool development, [NotNullWhen(true)] out VaultAddress? address)
    {
        address = Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.AbsolutePath is "/" && uri.Query is "" && uri.Fragment is ""
            ? Of(uri, development) : null;
        return address is not null;
    }

    /// <summary>The vault that a URL with a path belongs to, or null.</summary>
    internal static VaultAddress? Of(Uri uri, bool development)
    {
        if (uri.Scheme != Uri.UriSchemeHttps || uri.UserInfo is not "") return null;
        var root = new Uri(uri.GetLeftPart(UriPartial.Authority) + "/");
        if (development && (uri.Host is "localhost" || (IPAddress.TryParse(uri.Host, out var ip) && IPAddress.IsLoopback(ip)))) return new(root, null);
        if (!uri.IsDefaultPort) return null;
        foreach (var suffix in AuthorityBySuffix.Keys)
        {
            if (!uri.Host.EndsWith("." + suffix, StringComparison.Ordinal)) continue;
            var name = uri.Host[..^(suffix.Length + 1)];
            // A Managed HSM in several regions also has a name for each: NAME.REGION.managedhsm.azure.net.
            return (suffix.StartsWith('m') ? HsmName() : VaultName()).IsMatch(name) ? new(root, suffix) : null;
        }
        return null;
    }

    /// <summary>Whether a challenge of this vault may ask for a token for <paramref name="resource"/>: only for its own service.</summary>
    /// <remarks>Otherwise a vault of an attacker, or one behind a name that he took over, would collect tokens for somebody else's resource.</remarks>
    public bool MayAskFor(Uri resource) =>
        resource.Scheme == Uri.UriSchemeHttps
        && (IsLoopback
            || (Uri.Host.EndsWith("." + resource.Host, StringComparison.Ordinal)
                && (resource.Host == Suffix || resource.Host.EndsWith("." + Suffix, StringComparison.Ordinal))));

    public override string ToString() => Uri.AbsoluteUri;

    [GeneratedRegex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", RegexOptions.CultureInvariant)]
    private static partial Regex VaultName();

    [GeneratedRegex("^[a-z][a-z0-9-]{1,22}[a-z0-9](\\.[a-z0-9]{2,30})?$", RegexOptions.CultureInvariant)]
    private static partial Regex HsmName();
}
