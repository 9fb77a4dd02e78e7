using IdJagBroker.Hosting;

namespace IdJagBroker.Admin;

/// <summary>Refuses at the door of the admin API: by status, <c>WWW-Authenticate</c> (RFC 6750 §3) and a problem document.</summary>
internal static class AdminChallenge
{
    /// <summary>401 without <c>error</c>: no token came.</summary>
    public static IResult NoToken(HttpContext http) => Refuse(http, "Bearer", new(StatusCodes.Status401Unauthorized, "no-token", "A token is required."));

    /// <summary>400 <c>invalid_request</c>: not one token.</summary>
    public static IResult Malformed(HttpContext http) =>
        Refuse(http, "Bearer error=\"invalid_request\"", Problem.Invalid("Give one token, in one Authorization header."));

    /// <summary>401 <c>invalid_token</c>, in the same words whatever is wrong.</summary>
    public static IResult InvalidToken(HttpContext http) =>
        Refuse(http, "Bearer error=\"invalid_token\"", new(StatusCodes.Status401Unauthorized, "invalid-token", "The token is not valid here."));

    /// <summary>403 <c>insufficient_scope</c> with the scope that would do.</summary>
    public static IResult InsufficientScope(HttpContext http, string needed) =>
        Refuse(http, $"Bearer error=\"insufficient_scope\", scope=\"{needed}\"", new(StatusCodes.Status403Forbidden, "insufficient-scope", $"The operation needs {needed}."));

    private static IResult Refuse(HttpContext http, string challenge, Problem problem)
    {
        http.Response.Headers.WWWAuthenticate = challenge;
        return problem.ToResult();
    }
}
