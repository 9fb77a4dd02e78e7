using System.Diagnostics.Metrics;
using System.Text;
using IdJagBroker.Audit.Proof;
using Npgsql;

namespace IdJagBroker.Audit;

/// <summary>
/// Tells how far the sequencing is behind, on every replica, so that it is told as well when none sequences: how many events are durable and
/// not to be read yet, and how old the oldest of them is.
/// </summary>
internal sealed class InboxWatch(NpgsqlDataSource database, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private const string Look =
        """
        select (select place from audit_inbox order by place limit 1), (select place from audit_inbox order by place desc limit 1),
            (select substring(event from '"occurred_at":"([^"]{27})"') from audit_inbox order by place limit 1)
        """;

    internal Meter Meter { get; } = new("IdJagBroker");

    private (long Depth, DateTimeOffset? Oldest)? _seen;

    public override void Dispose()
    {
        Meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Meter.CreateObservableGauge("broker.audit.inbox.depth", Depth, "{event}", "How many events wait for their place in the log, at most.");
        Meter.CreateObservableGauge("broker.audit.sequencer.lag", Lag, "s", "How long the oldest of them has waited.");
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or TimeoutException)
            {
                _seen = null;       // nothing is known, and readiness says why
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task LookAsync(CancellationToken ct)
    {
        await using var command = database.CreateCommand(Look);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        if (reader.IsDBNull(0) || reader.IsDBNull(1)) _seen = (0, null);
        else _seen = (reader.GetInt64(1) - reader.GetInt64(0) + 1, reader.IsDBNull(2) || !EventTime.TryParse(Encoding.UTF8.GetBytes(reader.GetString(2)), out var ticks) ? null : new DateTimeOffset(ticks, TimeSpan.Zero));
    }

    private IEnumerable<Measurement<long>> Depth() => _seen is { } seen ? [new(seen.Depth)] : [];

    private IEnumerable<Measurement<double>> Lag() =>
        _seen is not { } seen ? [] : [new(seen.Oldest is { } oldest ? Math.Max(0, (clock.GetUtcNow() - oldest).TotalSeconds) : 0)];
}
