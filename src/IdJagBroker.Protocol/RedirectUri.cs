using System.Buffers;

namespace IdJagBroker.Protocol;

/// <summary>
/// How a redirect URI may be spelt (RFC 6749 §3.1.2, RFC 8252 §7): https; http where it cannot leave the machine; or a scheme of the client's own. As registered
/// it is compared character for character, so nothing in it is normalised.
/// </summary>
public static class RedirectUri
{
    /// <summary>The longest, in characters.</summary>
    public const int MaxChars = 512;

    // RFC 3986 §2, without the fragment's sign and the star: who writes one hopes for a pattern, and would be trusting addresses that nobody has looked at.
    private static readonly SearchValues<char> Chars =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?[]@!$&'()+,;=%");

    private static readonly SearchValues<char> SchemeChars = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789+-.");

    /// <summary>Null, or why <paramref name="text"/> is none: words that follow its name, such as "has a fragment".</summary>
    public static string? FaultIn(string text)
    {
        if (text.Length is 0 or > MaxChars) return $"must have 1 to {MaxChars} characters";
        if (text.Contains('#', StringComparison.Ordinal)) return "has a fragment";
        if (text.Contains('*', StringComparison.Ordinal)) return "has a star: redirect URIs are compared character for character";
        if (text.AsSpan().ContainsAnyExcept(Chars) || HasBrokenEscape(text)) return "is not a URI";
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || text.AsSpan(0, colon).ContainsAnyExcept(SchemeChars) || !char.IsAsciiLetterLower(text[0])) return "is not an absolute URI with its scheme in lower case";
        var (scheme, rest) = (text[..colon], text[(colon + 1)..]);
        return scheme is "https" or "http" ? FaultInWeb(scheme, rest, text) : FaultInPrivate(scheme, rest);
    }

    private static string? FaultInWeb(string scheme, string rest, string text)
    {
        if (!rest.StartsWith("//", StringComparison.Ordinal)) return "is not an absolute URI with its scheme in lower case";
        var authority = AuthorityOf(rest);
        if (authority.Contains('@')) return "has user information";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.HostNameType is UriHostNameType.Unknown or UriHostNameType.Basic) return "is not a URI";
        return scheme is "https" || IsLoopback(authority) ? null : "is plain http elsewhere than on 127.0.0.1, [::1] or localhost";
    }

    // RFC 8252 §7.1: a domain of the client's maker, reversed, so that no two apps claim the same; and none of those that a browser runs as code or reads files by.
    private static string? FaultInPrivate(string scheme, string rest)
    {
        if (!scheme.Contains('.', StringComparison.Ordinal)) return "has a scheme that is neither https nor a private one with a dot in it, such as com.example.app";
        if (!rest.StartsWith('/')) return "has no slash after its scheme";     // a host with a port, without the https before it, reads like this
        return rest.StartsWith("//", StringComparison.Ordinal) && AuthorityOf(rest).Contains('@') ? "has user information" : null;
    }

    private static ReadOnlySpan<char> AuthorityOf(string rest)
    {
        var authority = rest.AsSpan(2);
        return authority.IndexOfAny('/', '?') is >= 0 and var end ? authority[..end] : authority;
    }

    // As text: Uri takes 127.1 and 0x7f000001 for the same, and what is compared later is the text.
    private static bool IsLoopback(ReadOnlySpan<char> authority)
    {
        var port = authority.LastIndexOf(':');
        var host = port > authority.LastIndexOf(']') ? authority[..port] : authority;
        return host is "127.0.0.1" or "[::1]" or "localhost";
    }

    private static bool HasBrokenEscape(string text)
    {
        for (var at = text.IndexOf('%', StringComparison.Ordinal); at >= 0; at = text.IndexOf('%', at + 1))
            if (at + 2 >= text.Length || !char.IsAsciiHexDigit(text[at + 1]) || !char.IsAsciiHexDigit(text[at + 2])) return true;
        return false;
    }
}
