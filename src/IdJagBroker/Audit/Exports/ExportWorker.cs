using IdJagBroker.Keys;
using IdJagBroker.Storage;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Audit.Exports;

/// <summary>
/// Makes the exports that were asked for, one at a time over all replicas: who holds the advisory lock does. What was interrupted goes on where
/// it was. Every replica removes files that nobody is to have any more.
/// </summary>
internal sealed partial class ExportWorker(
    JobDatabase database, ExportTable table, ExportWork work, ExportDirectory exports, IOptions<ExportOptions> options, TimeProvider clock, ILogger<ExportWorker> log) : BackgroundService
{
    private const long Lead = 4921003;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);
    private bool _trouble;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LeadAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)       // the database, the disk or the key is away: all of them come back
            {
                if (!_trouble) NotExported(e);          // once for each outage
                _trouble = true;
            }
            await Task.Delay(Again, clock, stoppingToken);
        }
    }

    private async Task LeadAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenAloneAsync(ct);
        while (true)
        {
            await TidyAsync(ct);
            if (await TryLeadAsync(connection, ct)) break;
            await Task.Delay(Again, clock, ct);
        }
        while (true)
        {
            foreach (var job in await ExportTable.ExpiredAsync(connection, clock.GetUtcNow() - options.Value.Keep, ct)) await table.RemoveAsync(job, ExportCleaning.Actor, clock.GetUtcNow(), ct);
            await TidyAsync(ct);
            while (await ExportTable.NextAsync(connection, ct) is { } job && await MakeAsync(connection, job, ct)) { }
            _trouble = false;
            await Task.Delay(Look, clock, ct);
        }
    }

    /// <summary>Makes one export to its end; false if it has to wait.</summary>
    private async Task<bool> MakeAsync(NpgsqlConnection connection, ExportJob job, CancellationToken ct)
    {
        try
        {
            var result = await work.RunAsync(
                ExportFilter.Parse(job.Filter.ToJsonString()), exports.Of(job.Id), options.Value.EventsPerPart,
                (order, seq, events) => ExportTable.ProgressAsync(connection, job.Id, order, seq, events, ct), ct);
            if (result is null) return false;
            if (result.Manifest is null) Differs(job.Id, result.Findings.Count, result.Findings[0].Sentence);
            await ExportTable.EndAsync(connection, job, result, clock.GetUtcNow(), ct);
            if (result.Manifest is null) exports.Remove(job.Id);
        }
        catch (ExportWithdrawnException)
        {
            exports.Remove(job.Id);
        }
        return true;
    }

    private async Task TidyAsync(CancellationToken ct)
    {
        foreach (var id in exports.Ids().ToList())
            if (await table.FindAsync(id, ct) is null or { RemovedAt: not null } or { State: ExportJob.Failed }) exports.Remove(id);
    }

    private static async Task<bool> TryLeadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock($1)", connection);
        command.Parameters.Add(new() { Value = Lead });
        return await command.ExecuteScalarAsync(ct) is true;
    }

    [LoggerMessage(1041, LogLevel.Error, "Exports of the log cannot be made; it is tried again every 5 s")]
    private partial void NotExported(Exception exception);

    [LoggerMessage(1042, LogLevel.Critical, "Export {Id} was given up: {Count} things in the database are not as the log has them. {First} Somebody was at the tables: compare with an earlier export before anything else")]
    private partial void Differs(Guid id, int count, string first);
}

/// <summary>Who removes what has been kept long enough.</summary>
internal sealed record ExportCleaning() : Actor("system", "export")
{
    public static ExportCleaning Actor { get; } = new();
}
