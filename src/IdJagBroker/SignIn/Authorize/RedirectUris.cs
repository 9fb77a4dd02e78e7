namespace IdJagBroker.SignIn.Authorize;

/// <summary>May an answer go there? (RFC 6749 §3.1.2.3, RFC 9700 §4.1.3.)</summary>
internal static class RedirectUris
{
    /// <summary>
    /// Character for character one of the registered; of an http address on loopback any port, because a native application gets one when it starts
    /// (RFC 8252 §7.3).
    /// </summary>
    public static bool Allow(IReadOnlyList<string> registered, string asked)
    {
        if (registered.Contains(asked, StringComparer.Ordinal)) return true;
        return LoopbackWithoutPort(asked) is { } place && registered.Any(one => LoopbackWithoutPort(one) == place);
    }

    /// <summary>Where the browser goes, as a page's policy names it and as people are told: scheme, host and port, or the scheme alone.</summary>
    public static string PlaceOf(string redirectUri)
    {
        var url = new Uri(redirectUri);
        return url.Scheme is "http" or "https" ? url.GetLeftPart(UriPartial.Authority) : url.Scheme + ":";
    }

    // Only a spelling that names the same place without doubt: what Uri would fold is not folded for a stranger.
    private static string? LoopbackWithoutPort(string text)
    {
        if (!text.StartsWith("http://", StringComparison.Ordinal) || text.Contains('#') || text.Contains('\\')) return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.UserInfo.Length > 0 || url.OriginalString != text) return null;
        var authority = text["http://".Length..];
        var end = authority.IndexOfAny(['/', '?']);
        var (host, rest) = end < 0 ? (authority, "") : (authority[..end], authority[end..]);
        foreach (var name in (string[])["127.0.0.1", "[::1]", "localhost"])
        {
            if (host == name) return name + rest;
            if (host.StartsWith(name + ":", StringComparison.Ordinal) && ushort.TryParse(host.AsSpan(name.Length + 1), System.Globalization.NumberStyles.None, null, out var port) && port > 0) return name + rest;
        }
        return null;
    }
}
