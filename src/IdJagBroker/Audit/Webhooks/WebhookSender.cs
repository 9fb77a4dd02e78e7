using System.Collections.Concurrent;
using IdJagBroker.Storage;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Audit.Webhooks;

/// <summary>
/// Sends events to endpoints, on one replica at a time: who holds the advisory lock sends, and stops when the connection that holds it
/// ends. Woken by the database when the log grows; a poll is the net. Endpoints do not wait for each other.
/// </summary>
internal sealed partial class WebhookSender(
    IOptions<DatabaseOptions> options, NpgsqlDataSource database, WebhookRun run, TimeProvider clock, ILogger<WebhookSender> log) : BackgroundService
{
    private const long Lead = 4921004;
    private static readonly TimeSpan TakeOverWithin = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(1);

    // Woken while they ran, perhaps after they had seen the end of the log.
    private readonly ConcurrentDictionary<string, bool> _missed = new(StringComparer.Ordinal);
    private bool _trouble;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LeadAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)       // whatever it was, this must go on trying
            {
                if (!_trouble) NotSent(e);      // once for each outage
                _trouble = true;
            }
            await Task.Delay(TakeOverWithin, clock, stoppingToken);
        }
    }

    private async Task LeadAsync(CancellationToken ct)
    {
        var settings = new NpgsqlConnectionStringBuilder(DatabaseSetup.Settings(options.Value.ConnectionString).ConnectionString) { Pooling = false, KeepAlive = 5, ApplicationName = "idjag webhooks" };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(ct);
        await using (var lead = new NpgsqlCommand($"select pg_try_advisory_lock({Lead})", connection))
            if (await lead.ExecuteScalarAsync(ct) is not true) return;
        await using (var listen = new NpgsqlCommand("listen idjag_audit", connection)) await listen.ExecuteNonQueryAsync(ct);

        using var leading = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var wake = new SemaphoreSlim(0);
        var runs = new Dictionary<string, Task>(StringComparer.Ordinal);
        var listening = ListenAsync(connection, wake, leading.Token);
        try
        {
            while (!listening.IsCompleted)
            {
                var next = await TurnAsync(runs, wake, leading.Token);
                await wake.WaitAsync(next, leading.Token);
                while (wake.Wait(0, CancellationToken.None)) { }     // several calls are one
            }
            await listening;
        }
        finally
        {
            await leading.CancelAsync();
            await Task.WhenAll([listening, .. runs.Values]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task ListenAsync(NpgsqlConnection connection, SemaphoreSlim wake, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await connection.WaitAsync(ct);
                wake.Release();
            }
        }
        finally
        {
            wake.Release();
        }
    }

    /// <summary>Starts what has something to do; gives how long there is nothing to do at the most.</summary>
    private async Task<TimeSpan> TurnAsync(Dictionary<string, Task> runs, SemaphoreSlim wake, CancellationToken ct)
    {
        var wait = PollEvery;
        foreach (var webhook in await WebhookTable.ReadAllAsync(database, ct))
        {
            _trouble = false;
            if (!webhook.Enabled) continue;
            _missed[webhook.Id] = true;
            if (runs.TryGetValue(webhook.Id, out var running) && !running.IsCompleted) continue;
            _missed.TryRemove(webhook.Id, out _);
            var untilDue = webhook.Progress.NextAttemptAt - clock.GetUtcNow() ?? TimeSpan.Zero;
            if (untilDue > TimeSpan.Zero) wait = untilDue < wait ? untilDue : wait;
            else runs[webhook.Id] = RunAsync(webhook.Id, wake, ct);
        }
        return wait;
    }

    private async Task RunAsync(string id, SemaphoreSlim wake, CancellationToken ct)
    {
        await Task.Yield();
        var again = false;
        try
        {
            again = !await run.RunAsync(id, ct);        // when its next attempt is due is known now
        }
        catch (Exception e) when (!ct.IsCancellationRequested)      // one endpoint's trouble is not another's
        {
            NotSentTo(id, e);
        }
        if ((_missed.TryRemove(id, out _) || again) && !ct.IsCancellationRequested) wake.Release();
    }

    [LoggerMessage(1061, LogLevel.Error, "No webhook is served; it is tried again")]
    private partial void NotSent(Exception exception);

    [LoggerMessage(1062, LogLevel.Error, "Webhook {Webhook} cannot be served; it is tried again")]
    private partial void NotSentTo(string webhook, Exception exception);
}
