using Npgsql;

namespace IdJagBroker.Revisions;

/// <summary>Tells the others every two seconds what this replica decides by, and that it stops.</summary>
internal sealed class ReplicaReport(ReplicaTable table, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryAsync(table.LeaveAsync, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        do await TryAsync(table.ReportAsync, stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static async Task TryAsync(Func<CancellationToken, Task> report, CancellationToken ct)
    {
        try
        {
            await report(ct);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or OperationCanceledException)
        {
            // It is gone from the count by its silence; readiness says what is away.
        }
    }
}
