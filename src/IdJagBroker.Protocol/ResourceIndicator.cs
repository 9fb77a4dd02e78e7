using System.Diagnostics.CodeAnalysis;

namespace IdJagBroker.Protocol;

/// <summary>
/// A <c>resource</c> (RFC 8707 §2): the identifier of an MCP server. Equality follows C-09; <see cref="Value"/> keeps the spelling,
/// because tokens carry the registered one.
/// </summary>
public sealed record ResourceIndicator
{
    private readonly string _key;

    private ResourceIndicator(string value, string key) => (Value, _key) = (value, key);

    /// <summary>The spelling that was parsed.</summary>
    public string Value { get; }

    /// <summary>Refuses anything but an absolute http(s) URI without fragment or user information.</summary>
    public static bool TryParse(string? value, [NotNullWhen(true)] out ResourceIndicator? resource)
    {
        resource = null;
        if (!UrlEquivalence.TryParse(value, out var url) || value!.Contains('#')) return false;
        if (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp) return false;
        resource = new ResourceIndicator(value, UrlEquivalence.Key(url));
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(ResourceIndicator? other) => other is not null && string.Equals(_key, other._key, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(_key, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Value;
}
