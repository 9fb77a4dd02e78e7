using IdJagBroker.Storage;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Revisions;

/// <summary>Keeps every replica on the release that was approved last, within 5 s.</summary>
internal sealed partial class ReleaseWatch(
    ReleaseFollower releases, SourceAge source, IOptions<DatabaseOptions> database, TimeProvider clock, ILogger<ReleaseWatch> log) : TableWatch("idjag_policy", database, clock)
{
    protected override Task ReloadAsync(CancellationToken ct) => releases.ReloadAsync(ct);

    protected override Task RefreshAsync(CancellationToken ct) => releases.RefreshAsync(ct);

    protected override void NotRead(Exception exception)
    {
        NotReadLine(exception);
        source.Missed();
    }

    [LoggerMessage(2105, LogLevel.Warning, "Releases of the policy could not be read or listened for; what decides goes on deciding, and it is tried again")]
    private partial void NotReadLine(Exception exception);
}
