using System.Diagnostics.CodeAnalysis;

namespace IdJagBroker.Protocol;

/// <summary>
/// An issuer identifier (RFC 8414 §2): an https URL without query or fragment. Two are equal when they are the same string,
/// character for character; only a request parameter gets the benefit of <see cref="IsNamedBy"/>.
/// </summary>
public sealed record Issuer
{
    private readonly string _key;

    private Issuer(string value, Uri url) => (Value, Url, _key) = (value, url, UrlEquivalence.Key(url));

    /// <summary>The identifier exactly as registered; what <c>iss</c> and <c>aud</c> carry.</summary>
    public string Value { get; }

    /// <summary>The same as a URL, for joining well-known paths.</summary>
    public Uri Url { get; }

    /// <summary>Refuses anything but an absolute https URL with neither query, fragment nor user information.</summary>
    /// <param name="value">The text.</param>
    /// <param name="allowLoopbackHttp">Development only: plain http on a loopback address.</param>
    /// <param name="issuer">The issuer, if it is one.</param>
    public static bool TryParse(string? value, bool allowLoopbackHttp, [NotNullWhen(true)] out Issuer? issuer)
    {
        issuer = null;
        if (!UrlEquivalence.TryParse(value, out var url)) return false;
        var secure = url.Scheme == Uri.UriSchemeHttps || (allowLoopbackHttp && url.Scheme == Uri.UriSchemeHttp && url.IsLoopback);
        if (!secure || value!.AsSpan().IndexOfAny('?', '#') >= 0) return false;
        issuer = new Issuer(value!, url);
        return true;
    }

    /// <summary>Whether a request parameter means this issuer: the same, or the same but for C-09 (a host-only URL gains or loses its slash).</summary>
    public bool IsNamedBy(string parameter) =>
        string.Equals(parameter, Value, StringComparison.Ordinal)
        || (UrlEquivalence.TryParse(parameter, out var url) && UrlEquivalence.Key(url) == _key);

    /// <summary>The key under which a table of issuers finds this one by a request parameter.</summary>
    public string LookupKey => _key;

    /// <summary>The key of a request parameter, or null if it is no URL.</summary>
    public static string? LookupKeyOf(string parameter) =>
        UrlEquivalence.TryParse(parameter, out var url) ? UrlEquivalence.Key(url) : null;

    /// <inheritdoc/>
    public bool Equals(Issuer? other) => other is not null && string.Equals(Value, other.Value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(Value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Value;
}
