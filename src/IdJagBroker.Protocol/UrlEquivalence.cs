namespace IdJagBroker.Protocol;

/// <summary>
/// The one equivalence that URLs in request parameters get (C-09): scheme and host case, default port, empty path ≡ <c>/</c>.
/// Longer paths are never touched, and claims are compared without it.
/// </summary>
internal static class UrlEquivalence
{
    public static string Key(Uri url)
    {
        // Uri.PathAndQuery is canonicalized (dot segments, percent-encoding); the original spelling must decide instead.
        var original = url.OriginalString;
        var authorityStart = original.IndexOf("://", StringComparison.Ordinal) + 3;
        var pathStart = original.AsSpan(authorityStart).IndexOfAny('/', '?');
        var rest = pathStart < 0 ? "/" : original[(authorityStart + pathStart)..];
        if (rest[0] is '?') rest = "/" + rest;
        var port = url.IsDefaultPort ? "" : $":{url.Port}";
        var user = url.UserInfo.Length is 0 ? "" : url.UserInfo + "@";
        return $"{url.Scheme}://{user}{url.Host.ToLowerInvariant()}{port}{rest}";
    }

    public static bool TryParse(string? value, out Uri url)
    {
        url = null!;
        if (value is not { Length: > 0 and <= 2048 }) return false;
        foreach (var c in value)
            if (c is <= ' ' or >= '\x7f' or '\\' or '"' or '<' or '>') return false;
        var schemeEnd = value.IndexOf("://", StringComparison.Ordinal);
        return schemeEnd > 0 && Uri.TryCreate(value, UriKind.Absolute, out url!) && url.Host.Length > 0;
    }
}
