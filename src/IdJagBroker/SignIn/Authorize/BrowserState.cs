using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using IdJagBroker.Keys.Sealing;

namespace IdJagBroker.SignIn.Authorize;

/// <summary>
/// What a browser keeps for the broker, each in a <c>__Host-</c> cookie: this origin's alone, never read by a script, not sent along when another site posts here
/// (RFC 6265bis §4.1.2). All but the remembered provider are sealed.
/// </summary>
internal sealed class BrowserState(SealingKeyRing keys, TimeProvider clock)
{
    /// <summary>The most sign-ins that one browser has under way: each tab has its own.</summary>
    public const int MaxAttempts = 5;

    private const string SessionCookie = "__Host-idjag-session";
    private const string ProviderCookie = "__Host-idjag-provider";
    private const string AttemptPrefix = "__Host-idjag-signin-";
    private const int MaxChars = 4000;

    /// <summary>The session that the browser is in, by name; whether it still is one is not said here.</summary>
    public string? ReadSession(HttpContext http) => Read(http, SessionCookie, "browser session") is { } utf8 ? Encoding.UTF8.GetString(utf8) : null;

    public void WriteSession(HttpContext http, string sid, DateTimeOffset expiresAt) => Write(http, SessionCookie, Encoding.UTF8.GetBytes(sid), "browser session", expiresAt - clock.GetUtcNow());

    public void DropSession(HttpContext http) => Drop(http, SessionCookie);

    /// <summary>The provider that the person signed in at last.</summary>
    public static string? ReadProvider(HttpContext http) => http.Request.Cookies[ProviderCookie] is { Length: <= 128 } alias ? alias : null;

    public static void WriteProvider(HttpContext http, string alias) => http.Response.Cookies.Append(ProviderCookie, alias, Options(TimeSpan.FromDays(365)));

    public static void DropProvider(HttpContext http) => Drop(http, ProviderCookie);

    /// <summary>The sign-in that this browser began under that name, if it is not too long ago.</summary>
    public bool TryReadAttempt(HttpContext http, string? id, [NotNullWhen(true)] out SignInAttempt? attempt)
    {
        attempt = null;
        if (id is not { Length: 22 } || !Base64Url.IsValid(id)) return false;
        if (Read(http, NameOf(id), $"attempt {id}") is not { } utf8) return false;
        attempt = SignInAttempt.FromUtf8(utf8);
        return attempt is not null && clock.GetUtcNow() - attempt.BeganAt < SignInAttempt.Lifetime;
    }

    /// <summary>Keeps a sign-in that is under way; of too many the browser forgets others.</summary>
    public void WriteAttempt(HttpContext http, SignInAttempt attempt)
    {
        var others = http.Request.Cookies.Keys.Where(name => name.StartsWith(AttemptPrefix, StringComparison.Ordinal) && name != NameOf(attempt.Id)).ToList();
        foreach (var name in others.Take(Math.Max(0, others.Count - (MaxAttempts - 1)))) Drop(http, name);
        Write(http, NameOf(attempt.Id), attempt.ToUtf8(), $"attempt {attempt.Id}", SignInAttempt.Lifetime);
    }

    /// <summary>Ends it: what was answered once is not answered again.</summary>
    public static void DropAttempt(HttpContext http, SignInAttempt attempt) => Drop(http, NameOf(attempt.Id));

    private static string NameOf(string id) => AttemptPrefix + id[..8];

    private byte[]? Read(HttpContext http, string name, string purpose) =>
        http.Request.Cookies[name] is { Length: > 0 and <= MaxChars } value && Base64Url.IsValid(value) ? keys.Open(Base64Url.DecodeFromChars(value), purpose) : null;

    private void Write(HttpContext http, string name, byte[] utf8, string purpose, TimeSpan life) =>
        http.Response.Cookies.Append(name, Base64Url.EncodeToString(keys.Seal(utf8, purpose)), Options(life));

    private static void Drop(HttpContext http, string name) => http.Response.Cookies.Delete(name, Options(null));

    private static CookieOptions Options(TimeSpan? life) => new() { HttpOnly = true, Secure = true, SameSite = SameSiteMode.Lax, Path = "/", MaxAge = life, IsEssential = true };
}
