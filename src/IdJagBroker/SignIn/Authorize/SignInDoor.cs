using System.Diagnostics.CodeAnalysis;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Revisions;
using IdJagBroker.SignIn.Pages;
using IdJagBroker.TokenExchange;
using IdJagBroker.Upstreams;

namespace IdJagBroker.SignIn.Authorize;

/// <summary>What every page of sign-in begins with, and how each ends when something that it needs is away: with a page, never with an error of the machine's.</summary>
internal sealed partial class SignInDoor(ActivePolicy policy, SourceAge source, RateLimits limits, ILogger<SignInDoor> log)
{
    /// <summary>Lets a request in, with one revision of the policy from beginning to end.</summary>
    public async Task EnterAsync(HttpContext http, Func<PolicySnapshot, Task> serve)
    {
        try
        {
            if (!IsOpen(http, out var trouble)) await trouble.WriteAsync(http);
            else await serve(policy.Current);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            http.Abort();
        }
        catch (UpstreamUnavailableException e) when (!http.Response.HasStarted)
        {
            Away(log, e);
            http.Response.Clear();
            await Trouble.ProviderAway.WriteAsync(http);
        }
        catch (Exception e) when (!http.Response.HasStarted && FailureResponses.IsAway(e))
        {
            Away(log, e);
            http.Response.Clear();
            await Trouble.Unavailable.WriteAsync(http);
        }
    }

    private bool IsOpen(HttpContext http, [NotNullWhen(false)] out Trouble? trouble)
    {
        trouble = limits.ForAddress(http.Connection.RemoteIpAddress) is not null ? Trouble.TooOften
            : policy.Current.IsNone || source.Denies ? Trouble.Unavailable
            : null;
        return trouble is null;
    }

    [LoggerMessage(1701, LogLevel.Warning, "A sign-in did not go on because something it needs is away")]
    private static partial void Away(ILogger logger, Exception exception);
}
