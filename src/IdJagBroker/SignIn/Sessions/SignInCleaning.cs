using Npgsql;

namespace IdJagBroker.SignIn.Sessions;

/// <summary>
/// Deletes what is over: grants that nothing can be had for any more, and sessions that have none left. For a day longer than they last, so that who comes with an old
/// token is still told from a stranger. The log keeps what happened.
/// </summary>
internal sealed partial class SignInCleaning(NpgsqlDataSource database, TimeProvider clock, ILogger<SignInCleaning> log) : BackgroundService
{
    private const int Batch = 5_000;
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);

    /// <summary>Deletes one batch of each.</summary>
    /// <returns>How many rows went.</returns>
    public static async Task<int> CleanAsync(NpgsqlDataSource database, DateTimeOffset now, CancellationToken ct)
    {
        // Codes that were never redeemed go with their minute, and what was revoked goes with its day.
        await using var command = database.CreateCommand(
            $"""
            with grants as (delete from signin_grant where id in (
                select id from signin_grant where expires_at < $1 or revoked_at < $1 or (redeemed_at is null and code_expires_at < $1) or (redeemed_at < $1 and coalesce(refresh_expires_at, code_expires_at) < $1)
                limit {Batch}) returning 1),
            sessions as (delete from signin_session s where sid in (
                select sid from signin_session o where expires_at < $1 and not exists (select from signin_grant g where g.sid = o.sid) limit {Batch}) returning 1)
            select (select count(*) from grants) + (select count(*) from sessions)
            """);
        command.Parameters.Add(new() { Value = now - KeptFor });
        return (int)(long)(await command.ExecuteScalarAsync(ct))!;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                while (await CleanAsync(database, clock.GetUtcNow(), stoppingToken) >= Batch) { }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                NotCleaned(e);
            }
        }
    }

    [LoggerMessage(1721, LogLevel.Warning, "Sign-ins that are over could not be deleted; it is tried again")]
    private partial void NotCleaned(Exception exception);
}
