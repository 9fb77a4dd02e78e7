using IdJagBroker.Protocol.Jws;
using Npgsql;

namespace IdJagBroker.Audit;

/// <summary>Forgets uses that nothing could repeat any more: an expired assertion is refused for its age (SEC-31).</summary>
internal sealed partial class ReplayKeyCleaning(NpgsqlDataSource database, TimeProvider clock, ILogger<ReplayKeyCleaning> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await CleanAsync(stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                CleaningFailed(e);
            }
        }
    }

    /// <summary>Deletes what has expired; returns how many.</summary>
    public async Task<int> CleanAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand("delete from replay_key where expires_at < $1");
        // A skew longer than it expires: another replica's clock may be behind this one's, and would still take it.
        command.Parameters.Add(new() { Value = (clock.GetUtcNow() - JwtTimes.Skew).UtcDateTime });
        return await command.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(1002, LogLevel.Warning, "Expired replay keys could not be deleted; tried again in a minute")]
    private partial void CleaningFailed(Exception exception);
}
