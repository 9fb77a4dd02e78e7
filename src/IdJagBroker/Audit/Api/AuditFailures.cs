using IdJagBroker.Hosting;
using IdJagBroker.Storage;
using Npgsql;

namespace IdJagBroker.Audit.Api;

/// <summary>
/// Turns what reading the log throws into problem documents: a question that takes too long, and a reading that could not be written down.
/// What is thrown after the first byte ends the connection, so that nobody takes a part for the whole.
/// </summary>
internal sealed class AuditFailures : IEndpointFilter
{
    private static readonly Problem TooSlow = new(StatusCodes.Status503ServiceUnavailable, "search-too-slow", $"The search took longer than {LogDatabase.Patience.TotalSeconds} s and was ended.")
    {
        Hint = "Narrow it: a shorter time from and to, or one more of client, resource, subject, reason and type.",
    };

    private static readonly Problem Unrecorded = new(
        StatusCodes.Status503ServiceUnavailable, "unrecorded", "Who reads the log is recorded in it, and that is not possible now; so nothing is shown.");

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        try
        {
            return await next(context);
        }
        catch (Exception) when (http.Response.HasStarted)
        {
            http.Abort();
            return Results.Empty;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.QueryCanceled)
        {
            return Refused(http, TooSlow);
        }
        catch (AuditUnavailableException)
        {
            return Refused(http, Unrecorded);
        }
    }

    private static IResult Refused(HttpContext http, Problem problem)
    {
        http.Response.Headers.RetryAfter = "2";
        return problem.ToResult();
    }
}
