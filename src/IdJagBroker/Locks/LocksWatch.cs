using IdJagBroker.Storage;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Locks;

/// <summary>Keeps every replica's locks current, so that a lock acts everywhere within 2 s, also where nobody tells of it.</summary>
internal sealed partial class LocksWatch(
    HeldLocks locks, IOptions<DatabaseOptions> database, TimeProvider clock, ILogger<LocksWatch> log)
    : TableWatch("idjag_lock", database, clock, TimeSpan.FromSeconds(1))
{
    private volatile bool _isAway;

    protected override async Task ReloadAsync(CancellationToken ct)
    {
        await locks.ReloadAsync(ct);
        _isAway = false;
    }

    protected override async Task RefreshAsync(CancellationToken ct)
    {
        await locks.RefreshAsync(ct);
        _isAway = false;
    }

    protected override void NotRead(Exception exception)
    {
        if (!_isAway) NotReadLine(exception);
        _isAway = true;
    }

    [LoggerMessage(2001, LogLevel.Error, "The locks could not be read or listened for; those that are known stay in force, and nothing is issued 10 s after they were last read")]
    private partial void NotReadLine(Exception exception);
}
