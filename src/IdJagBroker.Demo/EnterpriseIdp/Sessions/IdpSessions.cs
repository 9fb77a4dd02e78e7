namespace IdJagBroker.Demo.EnterpriseIdp.Sessions;

/// <summary>Who is signed in with which browser.</summary>
internal sealed class IdpSessions(IdpOptions options, IdpIssuers issuers, IdpPeople people)
{
    private const int Capacity = 10_000;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, IdpSession> _byCookie = new(StringComparer.Ordinal);
    private readonly List<IdpSession> _all = [];

    /// <summary>The session of the browser that asks; null if it has none, or its person may no longer sign in.</summary>
    public IdpSession? Of(HttpContext http)
    {
        lock (_gate)
            return http.Request.Cookies[CookieOf(http)] is { } name && _byCookie.TryGetValue(name, out var session) && IsAlive(session)
                && !people[session.PersonId].IsDisabled ? session : null;
    }

    /// <summary>
    /// Somebody has signed in with this browser. The cookie is always a new one: a value that was planted before the sign-in is worth
    /// nothing after it. The same person goes on with her session; another one's stays behind, and what it gave with it.
    /// </summary>
    public IdpSession Begin(HttpContext http, Person person, Authentication authentication)
    {
        var (expires, name) = (options.Clock.GetUtcNow() + options.SessionLifetime, RandomName.Create());
        lock (_gate)
        {
            _byCookie.Remove(http.Request.Cookies[CookieOf(http)] ?? "", out var session);
            if (session is not null && IsAlive(session) && session.PersonId == person.Id) session.Renew(authentication, expires);
            else Add(session = new IdpSession(person.Id, authentication, expires));
            _byCookie.Add(name, session);
            http.Response.Cookies.Append(CookieOf(http), name, Cookie());
            return session;
        }
    }

    /// <summary>Ends a session, of whatever browser.</summary>
    public void End(IdpSession session)
    {
        lock (_gate)
        {
            session.End();
            foreach (var name in _byCookie.Where(entry => entry.Value == session).Select(entry => entry.Key).ToList()) _byCookie.Remove(name);
        }
    }

    /// <summary>The sessions of a person that have not been ended, oldest first; also those that no longer answer for her.</summary>
    public IReadOnlyList<IdpSession> OfPerson(string personId)
    {
        lock (_gate) return [.. _all.Where(session => session.PersonId == personId && !session.IsEnded)];
    }

    /// <summary>Takes the cookie back.</summary>
    public void Forget(HttpContext http) => http.Response.Cookies.Delete(CookieOf(http), Cookie());

    // Browsers keep cookies by host, not by port: two providers on one machine must not sign each other's people out.
    private static string CookieOf(HttpContext http) => $"idp-session-{http.Connection.LocalPort}";

    // Lax, not Strict: the browser comes from the application's site and is to be recognised.
    private CookieOptions Cookie() => new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Path = "/", Secure = issuers.IsHttps };

    private bool IsAlive(IdpSession session) => !session.IsEnded && options.Clock.GetUtcNow() < session.Expires;

    private void Add(IdpSession session)
    {
        if (_all.Count >= Capacity)
        {
            _all.RemoveAll(old => !IsAlive(old));
            foreach (var (name, _) in _byCookie.Where(entry => !IsAlive(entry.Value)).ToList()) _byCookie.Remove(name);
        }
        _all.Add(session);
    }
}
