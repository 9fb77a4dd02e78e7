namespace IdJagBroker.Protocol;

/// <summary>
/// The one equivalence that URLs in request parameters get (C-09): scheme and host case, default port, empty path ≡ <c>/</c>.
/// Longer paths are never touched, and claims are compared without it.
/// </summary>
internal static class UrlEquivalence
{
    /// <summary>
    /// The key that equivalent URLs share, made from the text: <see cref="Uri"/> also folds dot segments, percent-encoding,
    /// numeric hosts (<c>0x7f.1</c>) and padded ports, and would call two spellings one that C-09 does not.
    /// </summary>
    public static string Key(Uri url)
    {
        var text = url.OriginalString.AsSpan();
        var authority = text[(text.IndexOf("://") + 3)..];
        var end = authority.IndexOfAny('/', '?', '#');                  // the fragment too: it must not vanish from the comparison
        var rest = end < 0 ? "" : authority[end..];
        if (end >= 0) authority = authority[..end];
        var defaultPort = url.Scheme == Uri.UriSchemeHttps ? ":443" : url.Scheme == Uri.UriSchemeHttp ? ":80" : "";
        if (defaultPort.Length > 0 && authority.EndsWith(defaultPort)) authority = authority[..^defaultPort.Length];
        var slash = rest is ['/', ..] ? "" : "/";
        return $"{url.Scheme}://{authority.ToString().ToLowerInvariant()}{slash}{rest}";
    }

    /// <summary>Takes an absolute URL of printable ASCII with a host and without user information, of at most 2048 characters.</summary>
    public static bool TryParse(string? value, out Uri url)
    {
        url = null!;
        if (value is not { Length: > 0 and <= 2048 }) return false;
        foreach (var c in value)
            if (c is <= ' ' or >= '\x7f' or '\\' or '"' or '<' or '>') return false;
        var schemeEnd = value.IndexOf("://", StringComparison.Ordinal);
        if (schemeEnd <= 0 || !Uri.TryCreate(value, UriKind.Absolute, out url!) || url.Host.Length is 0) return false;
        var authority = value.AsSpan(schemeEnd + 3);
        var end = authority.IndexOfAny('/', '?', '#');
        return !(end < 0 ? authority : authority[..end]).Contains('@')
            && value.AsSpan(0, schemeEnd).Equals(url.Scheme, StringComparison.OrdinalIgnoreCase);
    }
}
