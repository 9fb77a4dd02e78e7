using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace IdJagBroker.Keys.KeyVault;

/// <summary>A key, or one version of it: <c>https://VAULT/keys/NAME[/VERSION]</c>.</summary>
/// <param name="Version">32 hexadecimal digits; null for the current version.</param>
internal sealed partial record KeyVaultKeyId(VaultAddress Vault, string Name, string? Version)
{
    /// <summary>Reads a key identifier; false for a host that is no vault, and for every other path than a key's.</summary>
    /// <param name="development">Also takes a stand-in on this machine.</param>
    public static bool TryParse(string? text, bool development, [NotNullWhen(true)] out KeyVaultKeyId? id)
    {
        id = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Query is not "" || uri.Fragment is not "") return false;
        if (VaultAddress.Of(uri, development) is not { } vault) return false;
        var segments = uri.AbsolutePath.Split('/');
        if (segments is not ["", "keys", var name, .. { Length: 0 or 1 } rest] || !IsName(name)) return false;
        if (rest is [var version] && !HexVersion().IsMatch(version)) return false;
        id = new(vault, name, rest is [var pinned] ? pinned : null);
        return true;
    }

    /// <summary>Whether a key can have this name: 1 to 127 letters, digits and hyphens.</summary>
    public static bool IsName(string name) => KeyName().IsMatch(name);

    /// <summary>This version of the key, which never becomes another key.</summary>
    /// <exception cref="InvalidOperationException">No version is given.</exception>
    public string PinnedVersion => Version ?? throw new InvalidOperationException("A key without its version can become another key under our hands.");

    /// <summary>The path on its vault, without a slash in front.</summary>
    public string Path => Version is null ? $"keys/{Name}" : $"keys/{Name}/{Version}";

    public override string ToString() => Vault.Uri.AbsoluteUri + Path;

    [GeneratedRegex("^[0-9A-Za-z-]{1,127}$", RegexOptions.CultureInvariant)]
    private static partial Regex KeyName();

    [GeneratedRegex("^[0-9a-f]{32}$", RegexOptions.CultureInvariant)]
    private static partial Regex HexVersion();
}
