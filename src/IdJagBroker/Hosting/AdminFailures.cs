using Npgsql;

namespace IdJagBroker.Hosting;

/// <summary>
/// Turns what an admin operation throws into a problem document without detail: 4xx for a body that cannot be read, 503 when the
/// database is away. A fault of ours goes on to <see cref="FailureResponses"/>.
/// </summary>
internal sealed partial class AdminFailures(ILogger<AdminFailures> log) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        try
        {
            return await next(context);
        }
        catch (Exception e) when (!http.RequestAborted.IsCancellationRequested && IsAway(e))
        {
            DatabaseAway(e);
            http.Response.Headers.ETag = default;
            http.Response.Headers.RetryAfter = "2";
            return new Problem(StatusCodes.Status503ServiceUnavailable, "unavailable", "The database is away; whether a change was made, a GET tells.").ToResult();
        }
        catch (IOException e) when (!http.RequestAborted.IsCancellationRequested)      // Kestrel's: a body too slow, too large, or with broken chunks
        {
            http.Response.Headers.Connection = "close";     // where the body ends is not known, nor what would be read as the next request
            return new Problem((e as BadHttpRequestException)?.StatusCode ?? StatusCodes.Status400BadRequest, "unreadable", "The request could not be read.").ToResult();
        }
    }

    // Entity Framework wraps what the driver throws, sometimes twice. A statement that the database refused (a PostgresException) is a
    // fault of ours, unless it says that the server is going down or cannot take more.
    private static bool IsAway(Exception? e) => e switch
    {
        null => false,
        PostgresException postgres => postgres.IsTransient || postgres.SqlState is PostgresErrorCodes.QueryCanceled,
        NpgsqlException or TimeoutException => true,
        _ => IsAway(e.InnerException),
    };

    [LoggerMessage(1203, LogLevel.Warning, "An admin operation was refused because the database is away")]
    private partial void DatabaseAway(Exception exception);
}
