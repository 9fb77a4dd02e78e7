using IdJagBroker.Storage;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Audit.Api;

/// <summary>Tells all who follow the log that it may have grown: one connection listens for the whole process, and a poll finds what it missed.</summary>
internal sealed partial class LogWatch(IOptions<DatabaseOptions> database, TimeProvider clock, ILogger<LogWatch> log) : TableWatch("idjag_audit", database, clock)
{
    private TaskCompletionSource _growth = New();

    /// <summary>Ends when the log may next have grown. Taken before reading, so that nothing falls between.</summary>
    public Task Growth => Volatile.Read(ref _growth).Task;

    protected override Task ReloadAsync(CancellationToken ct)
    {
        Interlocked.Exchange(ref _growth, New()).SetResult();
        return Task.CompletedTask;
    }

    protected override Task RefreshAsync(CancellationToken ct) => ReloadAsync(ct);

    protected override void NotRead(Exception exception) => NotHeard(exception);

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(1032, LogLevel.Warning, "Nobody tells when the log grows; streams of events are some seconds behind until somebody does")]
    private partial void NotHeard(Exception exception);
}
