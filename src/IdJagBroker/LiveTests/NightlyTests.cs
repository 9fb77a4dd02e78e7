using System.Diagnostics.Metrics;
using IdJagBroker.Audit;
using IdJagBroker.Storage;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.LiveTests;

/// <summary>
/// Runs the live tests once a night over all replicas: who holds the advisory lock does, and a night that nobody finished is begun again. Groups change
/// without anybody touching a file, so no publication would ever run these.
/// </summary>
internal sealed partial class NightlyTests : BackgroundService
{
    private const long Lead = 4921040;
    private static readonly TimeSpan Look = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    // A broker that was down at the hour runs them when it comes back, and one that is new does not begin in the middle of the day.
    private static readonly TimeSpan Late = TimeSpan.FromHours(4);

    private readonly JobDatabase _database;
    private readonly LiveTestFiles _files;
    private readonly LiveTestRun _run;
    private readonly AuditInbox _inbox;
    private readonly LiveTestOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<NightlyTests> _log;
    private readonly Meter _meter = new("IdJagBroker");
    private DateOnly _done;
    private volatile LiveTestTable.Night? _last;
    private bool _trouble;

    public NightlyTests(JobDatabase database, LiveTestFiles files, LiveTestRun run, AuditInbox inbox, IOptions<LiveTestOptions> options, TimeProvider clock, ILogger<NightlyTests> log)
    {
        (_database, _files, _run, _inbox, _options, _clock, _log) = (database, files, run, inbox, options.Value, clock, log);
        _meter.CreateObservableGauge("broker.policy.live_tests.success", () => _last is { } night ? new[] { new Measurement<int>(night.IsGood ? 1 : 0) } : [], null, "1 if the live tests of the last night passed, all of them.");
        _meter.CreateObservableGauge("broker.policy.live_tests.failed", () => _last is { } night ? new[] { new Measurement<int>(night.Failed) } : [], null, "How many failed.");
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    /// <summary>Does what is due, if anything is.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    /// <exception cref="AuditUnavailableException">The run could not be recorded; it is run again.</exception>
    public async Task LookAsync(CancellationToken ct)
    {
        var due = Due(_clock.GetUtcNow());
        if (!_files.HasPlace || due is not { } night || night == _done) return;
        await using var connection = await _database.OpenAloneAsync(ct);
        if (await LiveTestTable.FindAsync(connection, night, ct) is not { } ended)
        {
            if (!await TryLeadAsync(connection, ct)) return;        // and the next look finds what the leader kept
            ended = await LiveTestTable.FindAsync(connection, night, ct) ?? await RunAsync(connection, night, ct);
        }
        (_last, _done) = (ended, night);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look, _clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await LookAsync(stoppingToken);
                _trouble = false;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)      // the database is away, or the log: both come back
            {
                if (!_trouble) NotRun(_log, e);
                _trouble = true;
            }
        }
    }

    private async Task<LiveTestTable.Night> RunAsync(NpgsqlConnection connection, DateOnly night, CancellationToken ct)
    {
        var reading = _files.Read();
        var report = await _run.RunAsync(reading.Sources, Patience, ct);
        if (reading.Problems.HasErrors) report = report with { Problems = [.. reading.Problems.Sorted(), .. report.Problems] };
        var ended = new LiveTestTable.Night(report.Failed, report.Unknown, report.IsGood);
        // Recorded first, so that no night is over of which the log knows nothing; twice is better than never.
        if (report.Results.Count > 0 || report.IsInvalid) await _inbox.AppendAsync(report.ToEvent("nightly", _clock.GetUtcNow()), []);
        await LiveTestTable.KeepAsync(connection, night, report, ct);
        if (!report.IsGood) Failed(_log, report.Failed, report.Unknown, report.Results.Count, report.Problems.Count);
        return ended;
    }

    // The night that began last, if that was not too long ago.
    private DateOnly? Due(DateTimeOffset now)
    {
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        foreach (var night in (DateOnly[])[today, today.AddDays(-1)])
        {
            var since = now.UtcDateTime - night.ToDateTime(_options.At, DateTimeKind.Utc);
            if (since >= TimeSpan.Zero) return since < Late ? night : null;
        }
        return null;
    }

    private static async Task<bool> TryLeadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection);
        command.Parameters.Add(new() { Value = Lead });
        return await command.ExecuteScalarAsync(ct) is true;
    }

    [LoggerMessage(2201, LogLevel.Error, "Live tests: {Failed} failed and {Unknown} could not be told, of {Tests}; {Problems} problems in their files")]
    private static partial void Failed(ILogger logger, int failed, int unknown, int tests, int problems);

    [LoggerMessage(2202, LogLevel.Warning, "The live tests could not be run; it is tried again")]
    private static partial void NotRun(ILogger logger, Exception exception);
}
