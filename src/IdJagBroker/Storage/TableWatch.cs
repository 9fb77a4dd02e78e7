using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Storage;

/// <summary>
/// Keeps what every replica holds of a table current: the database tells of a change at once, and a poll finds what a lost connection
/// did not tell. Either alone keeps the promise that replicas differ for less than 5 s.
/// </summary>
/// <param name="channel">Where the table's trigger notifies.</param>
/// <param name="database">Where the table is.</param>
/// <param name="clock">What the poll waits by.</param>
/// <param name="pollEvery">If replicas must differ for less than that: how often the table is looked at.</param>
internal abstract class TableWatch(string channel, IOptions<DatabaseOptions> database, TimeProvider clock, TimeSpan? pollEvery = null) : BackgroundService
{
    /// <summary>Short enough that poll and reading together stay under 5 s.</summary>
    public static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan ListenAgainAfter = TimeSpan.FromSeconds(1);

    /// <summary>Reads before the ports open, if the database answers; otherwise it is read as soon as it does.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryAsync(ReloadAsync, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Reads the table.</summary>
    protected abstract Task ReloadAsync(CancellationToken ct);

    /// <summary>Reads it if it is not what is known.</summary>
    protected abstract Task RefreshAsync(CancellationToken ct);

    /// <summary>Tells the log that neither worked; what is known stays.</summary>
    protected abstract void NotRead(Exception exception);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(ListenAsync(stoppingToken), PollAsync(stoppingToken));

    private async Task ListenAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            await TryAsync(ReloadOnNotificationsAsync, ct);
            await Task.Delay(ListenAgainAfter, clock, ct);
        }
    }

    private async Task PollAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(pollEvery ?? PollEvery, clock);
        while (await timer.WaitForNextTickAsync(ct)) await TryAsync(RefreshAsync, ct);
    }

    private async Task ReloadOnNotificationsAsync(CancellationToken ct)
    {
        // A connection of its own, with probes that find out when nobody is at the other end any more.
        var settings = new NpgsqlConnectionStringBuilder(database.Value.ConnectionString)
        {
            Pooling = false, KeepAlive = 10, Timeout = (int)DatabaseSetup.Patience.TotalSeconds, ApplicationName = "idjag listen",
        };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(ct);
        await using (var listen = new NpgsqlCommand($"listen {channel}", connection)) await listen.ExecuteNonQueryAsync(ct);
        while (true)
        {
            await ReloadAsync(ct);      // first: something may have changed before anybody listened
            await connection.WaitAsync(ct);
        }
    }

    private async Task TryAsync(Func<CancellationToken, Task> read, CancellationToken ct)
    {
        try
        {
            await read(ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)      // whatever it was, this must go on trying
        {
            NotRead(e);
        }
    }
}
