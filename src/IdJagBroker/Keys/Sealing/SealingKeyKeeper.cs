namespace IdJagBroker.Keys.Sealing;

/// <summary>Keeps this replica's sealing keys current, and makes the next one in time. Without any there is no sign-in, and everything else goes on.</summary>
internal sealed partial class SealingKeyKeeper(SealingKeyRing keys, TimeProvider clock, ILogger<SealingKeyKeeper> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookWhileThereIsNone = TimeSpan.FromSeconds(2);
    private bool _trouble;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(keys.IsReady ? Look : LookWhileThereIsNone, clock, stoppingToken);
            await TryAsync(stoppingToken);
        }
    }

    private async Task TryAsync(CancellationToken ct)
    {
        try
        {
            await keys.RefreshAsync(ct);
            _trouble = false;
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            if (!_trouble) NotRead(e);          // once for each outage
            _trouble = true;
        }
    }

    [LoggerMessage(1631, LogLevel.Error, "The keys that seal sessions could not be read or made; it is tried again")]
    private partial void NotRead(Exception exception);
}
