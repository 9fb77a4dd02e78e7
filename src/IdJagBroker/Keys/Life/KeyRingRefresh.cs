using IdJagBroker.Storage;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Keys.Life;

/// <summary>Keeps every replica's keys current, tells the others that this one runs, and that it stops.</summary>
internal sealed partial class KeyRingRefresh(
    SigningKeyRing ring, KeyTable table, IOptions<DatabaseOptions> database, TimeProvider clock, ILogger<KeyRingRefresh> log) : TableWatch("idjag_key", database, clock)
{
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await table.LeaveAsync(ring.Node, cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or OperationCanceledException)
        {
            // It is gone from the count in a few seconds by its silence.
        }
    }

    protected override Task ReloadAsync(CancellationToken ct) => ring.ReloadAsync(ct);

    protected override Task RefreshAsync(CancellationToken ct) => ring.RefreshAsync(ct);

    protected override void NotRead(Exception exception) => NotReadLine(exception);

    [LoggerMessage(1612, LogLevel.Warning, "The keys could not be read or listened for; what is known stays, and it is tried again")]
    private partial void NotReadLine(Exception exception);
}
