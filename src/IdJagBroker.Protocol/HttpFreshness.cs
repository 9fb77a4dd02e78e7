using System.Net.Http.Headers;

namespace IdJagBroker.Protocol;

/// <summary>How long an answer may be used without asking again (RFC 9111 §4.2), within bounds of our own (CIMD-08).</summary>
public static class HttpFreshness
{
    /// <summary>Also for what says that it must not be stored: each request would otherwise cost its publisher a fetch.</summary>
    public static readonly TimeSpan Min = TimeSpan.FromSeconds(60);

    /// <summary>Whatever the publisher says, a key that is taken back is known here a day later.</summary>
    public static readonly TimeSpan Max = TimeSpan.FromHours(24);

    /// <summary>For what says nothing.</summary>
    public static readonly TimeSpan Otherwise = TimeSpan.FromMinutes(10);

    /// <summary>From <c>Cache-Control</c>, else <c>Expires</c>, less <c>Age</c>.</summary>
    /// <param name="headers">Of the answer.</param>
    /// <param name="expires">Its <c>Expires</c>; in the past if what it says cannot be read (RFC 9111 §5.3).</param>
    /// <param name="now">The time.</param>
    public static TimeSpan Of(HttpResponseHeaders headers, DateTimeOffset? expires, DateTimeOffset now)
    {
        var stated = Stated(headers, expires, now) - (headers.Age ?? TimeSpan.Zero) ?? Otherwise;
        return stated < Min ? Min : stated > Max ? Max : stated;
    }

    private static TimeSpan? Stated(HttpResponseHeaders headers, DateTimeOffset? expires, DateTimeOffset now)
    {
        var control = headers.CacheControl;
        if (control is { NoStore: true } or { NoCache: true }) return TimeSpan.Zero;
        return control?.MaxAge ?? expires - (headers.Date ?? now);
    }
}
