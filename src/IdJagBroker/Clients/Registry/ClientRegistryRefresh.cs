using IdJagBroker.Storage;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Clients.Registry;

/// <summary>
/// Keeps every replica's registry current: the database tells of a change at once, and a poll finds what a lost connection did not
/// tell. Either alone keeps the promise that a disabled client is refused within 5 s.
/// </summary>
internal sealed partial class ClientRegistryRefresh(
    ClientRegistry registry, IOptions<DatabaseOptions> database, TimeProvider clock, ILogger<ClientRegistryRefresh> log) : BackgroundService
{
    /// <summary>Short enough that poll and reading together stay under 5 s.</summary>
    public static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan ListenAgainAfter = TimeSpan.FromSeconds(1);

    /// <summary>Reads the registry before the ports open, if the database answers; otherwise it is read as soon as it does.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryAsync(registry.ReloadAsync, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

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
        using var timer = new PeriodicTimer(PollEvery, clock);
        while (await timer.WaitForNextTickAsync(ct)) await TryAsync(registry.RefreshAsync, ct);
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
        await using (var listen = new NpgsqlCommand("listen idjag_client", connection)) await listen.ExecuteNonQueryAsync(ct);
        while (true)
        {
            await registry.ReloadAsync(ct);      // first: something may have changed before anybody listened
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

    [LoggerMessage(1502, LogLevel.Warning, "The client registry could not be read or listened to; what is known stays, and it is tried again")]
    private partial void NotRead(Exception exception);
}
