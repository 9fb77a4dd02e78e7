using System.Text;

namespace IdJagBroker.Protocol;

/// <summary>
/// The URI of a request as RFC 9449 §4.3 compares it: normalised by syntax and scheme (RFC 3986 §6.2.2–6.2.3), without query and
/// fragment. Made from the text: <see cref="Uri"/> also rewrites hosts, which no RFC asks for.
/// </summary>
internal static class HttpUri
{
    /// <summary>The normal form, or null for what is no http(s) URI with a host and without user information.</summary>
    public static string? Normalize(string text)
    {
        if (!UrlEquivalence.TryParse(text, out var url) || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp)) return null;
        var rest = text.AsSpan(text.IndexOf("://", StringComparison.Ordinal) + 3);
        if (rest.IndexOfAny('?', '#') is >= 0 and var end) rest = rest[..end];
        var slash = rest.IndexOf('/');
        var authority = slash < 0 ? rest : rest[..slash];
        var path = slash < 0 ? "/" : Decode(rest[slash..]);
        if (path is null) return null;
        var defaultPort = url.Scheme == Uri.UriSchemeHttps ? ":443" : ":80";
        if (authority.EndsWith(defaultPort)) authority = authority[..^defaultPort.Length];
        else if (authority.EndsWith(":")) authority = authority[..^1];
        return $"{url.Scheme}://{authority.ToString().ToLowerInvariant()}{RemoveDotSegments(path)}";
    }

    // §6.2.2.1–2: an unreserved character is never encoded, and the digits of any other are upper-case.
    private static string? Decode(ReadOnlySpan<char> path)
    {
        var decoded = new StringBuilder(path.Length);
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] is not '%')
            {
                decoded.Append(path[i]);
                continue;
            }
            if (i + 2 >= path.Length || !char.IsAsciiHexDigit(path[i + 1]) || !char.IsAsciiHexDigit(path[i + 2])) return null;
            var octet = (char)Convert.ToByte(path.Slice(i + 1, 2).ToString(), 16);
            if (char.IsAsciiLetterOrDigit(octet) || octet is '-' or '.' or '_' or '~') decoded.Append(octet);
            else decoded.Append('%').Append(path.Slice(i + 1, 2).ToString().ToUpperInvariant());
            i += 2;
        }
        return decoded.ToString();
    }

    // §5.2.4, for a path that begins with a slash
    private static string RemoveDotSegments(string path)
    {
        var kept = new List<string>();
        var segments = path.Split('/')[1..];
        for (var i = 0; i < segments.Length; i++)
        {
            var last = i == segments.Length - 1;
            if (segments[i] is "." or "..")
            {
                if (segments[i] is ".." && kept.Count > 0) kept.RemoveAt(kept.Count - 1);
                if (last) kept.Add("");
            }
            else kept.Add(segments[i]);
        }
        return "/" + string.Join('/', kept);
    }
}
