using IdJagBroker.Hosting;
using MediatR;
using Npgsql;

namespace IdJagBroker.Locks;

/// <summary><c>/admin/v1/locks</c>: one file for each operation.</summary>
internal static class LockApi
{
    public static void Map(IEndpointRouteBuilder admin)
    {
        var locks = admin.MapGroup("/locks").AddEndpointFilter<AdminFailures>();
        SetLock.Map(locks);
        ListLocks.Map(locks);
        GetLock.Map(locks);
        LiftLock.Map(locks);
    }

    /// <summary>The id in a path or query; null if it is none: there is no such lock.</summary>
    public static Guid? IdOf(string text) => Guid.TryParseExact(text, "D", out var id) ? id : null;

    /// <summary>Sends a command that gives a lock, and shows it with its entity tag.</summary>
    public static async Task<IResult> ShowAsync(HttpContext http, IMediator mediator, IRequest<Outcome<LockView>> command)
    {
        if ((await mediator.Send(command, http.RequestAborted)).IsRefused(out var one, out var problem)) return problem.ToResult();
        http.Response.Headers.ETag = IfMatch.TagOf(one.Version);
        return Results.Ok(one);
    }

    /// <summary>Lets the next request here see a change (SEC-33); the other replicas are told by the database.</summary>
    public static async Task KnowAtOnceAsync(HeldLocks locks)
    {
        try
        {
            await locks.ReloadAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            // The change is made and recorded, and that must be the answer; the watch finds it when the database is back.
        }
    }
}
