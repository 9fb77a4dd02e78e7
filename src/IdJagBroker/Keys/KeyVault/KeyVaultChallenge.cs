using System.Text;
using System.Text.RegularExpressions;

namespace IdJagBroker.Keys.KeyVault;

/// <summary>What a vault asks for when it answers 401: a token of this tenant for this scope.</summary>
/// <param name="Resource">Whose token it is.</param>
/// <param name="TenantId">The last segment of the authority; null if it names none.</param>
internal sealed partial record KeyVaultChallenge(Uri Resource, string Scope, string? TenantId)
{
    /// <summary>Claims that the token must have (continuous access evaluation); null for most challenges.</summary>
    public string? Claims { get; private init; }

    /// <summary>
    /// Reads <c>Bearer authorization="https://login…/TENANT", resource="https://vault.azure.net"</c>; null if it is not that.
    /// Also takes <c>authorization_uri</c> and <c>scope</c>, as some clouds write it.
    /// </summary>
    public static KeyVaultChallenge? TryParse(string? header)
    {
        if (header?.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) is not true || header.Length > 8192) return null;
        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (Match match in Parameter().Matches(header))
            if (!parameters.TryAdd(match.Groups[1].Value, match.Groups[2].Value)) return null;      // twice: whose is right?

        var authority = parameters.GetValueOrDefault("authorization") ?? parameters.GetValueOrDefault("authorization_uri");
        if (!Uri.TryCreate(authority, UriKind.Absolute, out var authorityUri) || authorityUri.Scheme != Uri.UriSchemeHttps) return null;
        var tenant = authorityUri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries) is [var first, ..] ? first : null;
        if (tenant is not null && !Tenant().IsMatch(tenant)) return null;

        var scope = parameters.TryGetValue("resource", out var resource) ? resource + "/.default" : parameters.GetValueOrDefault("scope");
        if (!Uri.TryCreate(scope, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttps) return null;
        return new KeyVaultChallenge(new Uri(uri.GetLeftPart(UriPartial.Authority)), scope, tenant) { Claims = ClaimsOf(parameters) };
    }

    /// <summary>What later requests go by: claims are for the next token only.</summary>
    public KeyVaultChallenge WithoutClaims() => this with { Claims = null };

    /// <summary>The same demand, with or without claims.</summary>
    public bool AsksTheSameAs(KeyVaultChallenge? other) => other is not null && Scope == other.Scope && TenantId == other.TenantId;

    private static string? ClaimsOf(Dictionary<string, string> parameters)
    {
        if (parameters.GetValueOrDefault("error") is not "insufficient_claims" || parameters.GetValueOrDefault("claims") is not { } encoded) return null;
        var bytes = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, bytes, out var written) ? Encoding.UTF8.GetString(bytes, 0, written) : null;
    }

    [GeneratedRegex("([A-Za-z_]+)=\"([^\"]*)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Parameter();

    [GeneratedRegex("^[0-9A-Za-z.-]{1,255}$", RegexOptions.CultureInvariant)]
    private static partial Regex Tenant();
}
