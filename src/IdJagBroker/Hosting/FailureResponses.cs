using IdJagBroker.Audit;
using IdJagBroker.Clients.Registry;
using IdJagBroker.Keys;
using IdJagBroker.Locks;
using IdJagBroker.Protocol;
using IdJagBroker.Storage;
using IdJagBroker.Upstreams;
using Npgsql;

namespace IdJagBroker.Hosting;

/// <summary>
/// Turns what the walk throws into one answer without detail: 503 when something that is needed is away, 500 for a fault of ours.
/// Nothing here says which part failed; the log does.
/// </summary>
internal sealed partial class FailureResponses(RequestDelegate next, ILogger<FailureResponses> log)
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(2);

    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            http.Abort();       // nobody listens any more
        }
        catch (BadHttpRequestException e) when (!http.Response.HasStarted)
        {
            // Kestrel's own refusals: a body too large or too slow, broken chunks. The client's doing, so a 4xx.
            http.Response.Headers.Connection = "close";     // where the body ends is not known, nor what would be read as the next request
            await OAuthResponse.WriteAsync(http, OAuthError.InvalidRequest("the request could not be read"), e.StatusCode);
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            http.Response.Clear();
            var away = IsAway(e);
            if (!away) Fault(log, e);
            else if (DatabaseRefusal.Of(e) is { } refusal) Refused(log, refusal.What, refusal.SqlState, e);
            else Unavailable(log, e);
            await OAuthResponse.WriteAsync(http, e switch
            {
                UpstreamUnavailableException => OAuthError.ServerError(503, TryAgain),                                  // IDP-62
                _ when away => OAuthError.TemporarilyUnavailable("temporarily unavailable, try again", (e as SigningUnavailableException)?.RetryAfter ?? TryAgain),
                _ => OAuthError.ServerError(),                                                                          // IDP-63
            });
        }
    }

    // Entity Framework wraps a lost connection in an InvalidOperationException.
    internal static bool IsAway(Exception e) =>
        e is AuditUnavailableException or SigningUnavailableException or UpstreamUnavailableException or ClientRegistryUnavailableException
            or LocksUnavailableException or NpgsqlException or TimeoutException
        || e is InvalidOperationException { InnerException: NpgsqlException or TimeoutException };

    [LoggerMessage(1201, LogLevel.Warning, "A request was refused because something it needs is away")]
    private static partial void Unavailable(ILogger logger, Exception exception);

    [LoggerMessage(1204, LogLevel.Error, "Requests are refused until the database is mended: {What} (SQLSTATE {SqlState})")]
    private static partial void Refused(ILogger logger, string what, string sqlState, Exception exception);

    [LoggerMessage(1202, LogLevel.Error, "A request failed")]
    private static partial void Fault(ILogger logger, Exception exception);
}
