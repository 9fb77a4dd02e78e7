using IdJagBroker.Protocol.Jws;
using Npgsql;

namespace IdJagBroker.Audit;

/// <summary>Forgets uses that nothing could repeat any more: an expired assertion is refused for its age (SEC-31). A slot is emptied as a whole, which leaves nothing to vacuum.</summary>
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

    /// <summary>Empties the slots whose time is over, or so far ahead that what is in them is of the round before; returns how many were not empty.</summary>
    public async Task<int> CleanAsync(CancellationToken ct)
    {
        // A skew later than it expires: another replica's clock may be behind this one's, and would still take it.
        var oldest = clock.GetUtcNow() - JwtTimes.Skew;
        var live = Enumerable.Range(0, ReplayKey.Slots / 2).Select(ahead => ReplayKey.SlotOf(oldest + (ahead * ReplayKey.SlotLength))).ToHashSet();
        var emptied = 0;
        for (short slot = 0; slot < ReplayKey.Slots; slot++)
            if (!live.Contains(slot) && await EmptyAsync(slot, ct)) emptied++;
        return emptied;
    }

    private async Task<bool> EmptyAsync(short slot, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using (var look = new NpgsqlCommand($"select exists (select from replay_key_{slot})", connection))
            if (await look.ExecuteScalarAsync(ct) is not true) return false;
        // Emptying waits for a moment without readers, and they would wait behind it: not for long, and again in a minute.
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var empty = new NpgsqlCommand($"set local lock_timeout = 500; truncate replay_key_{slot}", connection)) await empty.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    [LoggerMessage(1002, LogLevel.Warning, "Expired replay keys could not be forgotten; tried again in a minute")]
    private partial void CleaningFailed(Exception exception);
}
