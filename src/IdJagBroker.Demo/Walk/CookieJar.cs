using System.Net;
using Microsoft.Net.Http.Headers;

namespace IdJagBroker.Demo.Walk;

/// <summary>
/// A browser's cookies, as Chromium keeps them on this machine (RFC 6265bis): it takes <c>Secure</c> ones over http from a loopback address, those with the prefix
/// <c>__Host-</c> among them, which .NET's own jar does not. As in any browser a port does not tell two servers apart, and everything here is one site.
/// </summary>
internal sealed class CookieJar(TimeProvider clock)
{
    private readonly Dictionary<(string Host, string Path, string Name), (string Value, DateTimeOffset Expires)> _kept = [];

    /// <summary>Takes over what an answer sets, and forgets what it takes back.</summary>
    public void Keep(Uri from, IEnumerable<string> setCookies)
    {
        foreach (var text in setCookies)
            if (SetCookieHeaderValue.TryParse(text, out var cookie) && MayKeep(from, cookie)) Keep(from, cookie);
    }

    /// <summary>The <c>Cookie</c> header of a request; null if there is nothing to send.</summary>
    public string? HeaderFor(Uri url)
    {
        var now = clock.GetUtcNow();
        var sent = _kept.Where(one => one.Key.Host == url.Host && one.Value.Expires > now && IsUnder(one.Key.Path, url.AbsolutePath))
            .OrderByDescending(one => one.Key.Path.Length).Select(one => $"{one.Key.Name}={one.Value.Value}").ToList();
        return sent.Count is 0 ? null : string.Join("; ", sent);
    }

    private void Keep(Uri from, SetCookieHeaderValue cookie)
    {
        var now = clock.GetUtcNow();
        var path = cookie.Path.Value is { Length: > 0 } given && given[0] is '/' ? given : DefaultPath(from);
        var expires = cookie.MaxAge is { } age ? now + age : cookie.Expires ?? DateTimeOffset.MaxValue;
        var key = (from.Host, path, cookie.Name.ToString());
        if (expires > now) _kept[key] = (cookie.Value.ToString(), expires);
        else _kept.Remove(key);
    }

    private static bool MayKeep(Uri from, SetCookieHeaderValue cookie)
    {
        if (cookie.Secure && from.Scheme is not "https" && !IsThisMachine(from)) return false;
        if (cookie.Domain.HasValue && cookie.Domain != from.Host) return false;         // for a whole domain: nobody here has one
        var name = cookie.Name.ToString();
        if (name.StartsWith("__Host-", StringComparison.OrdinalIgnoreCase)) return cookie.Secure && cookie.Path == "/" && !cookie.Domain.HasValue;
        return cookie.Secure || !name.StartsWith("__Secure-", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsThisMachine(Uri url) =>
        url.Host is "localhost" || url.Host.EndsWith(".localhost", StringComparison.Ordinal) || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    // RFC 6265 §5.1.4.
    private static string DefaultPath(Uri from) => from.AbsolutePath.LastIndexOf('/') is > 0 and var end ? from.AbsolutePath[..end] : "/";

    private static bool IsUnder(string path, string requested) =>
        requested.StartsWith(path, StringComparison.Ordinal) && (requested.Length == path.Length || path[^1] is '/' || requested[path.Length] is '/');
}
