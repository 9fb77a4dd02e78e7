using IdJagBroker.Audit.Proof;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Storage;
using Npgsql;

namespace IdJagBroker.Audit.Exports;

/// <summary>How far an export is: up to which event, and how many of them it has.</summary>
internal delegate Task ExportProgress(ExportOrder order, long seq, long events);

/// <summary>
/// Makes one export in a directory, in constant memory. Whoever was interrupted calls it again: it goes on with the next part, and the
/// result is the same. Anything in the database that is not as the log has it becomes a finding, and then there is no bundle.
/// </summary>
internal sealed class ExportWork(JobDatabase database, SigningKeyRing keys, TimeProvider clock)
{
    /// <summary>The most findings that are told; so much is wrong then that reading on is given up.</summary>
    public const int MaxFindings = 100;

    private const int MaxUntold = 10_000;

    /// <summary>Makes it. Null if no checkpoint was signed yet: then there is nothing to prove by.</summary>
    /// <param name="filter">What was asked for.</param>
    /// <param name="directory">Where; made if it is not there.</param>
    /// <param name="eventsPerPart">How many events one file has.</param>
    /// <param name="progress">Told now and then; what it throws ends the work.</param>
    /// <param name="ct">Ends the work; what is done stays.</param>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    /// <exception cref="SigningUnavailableException">The key for exports does not sign now.</exception>
    /// <exception cref="IOException">The directory cannot be written.</exception>
    public async Task<ExportResult?> RunAsync(ExportFilter filter, string directory, int eventsPerPart, ExportProgress progress, CancellationToken ct)
    {
        var folder = new ExportFolder(directory);
        if (folder.IsWhole) return folder.Result(filter);
        ExportOrder? order = null;
        try
        {
            var tree = new LogTreeRows(database);
            order = folder.Begun ?? await BeginAsync(folder, tree, filter, ct);
            if (order is null) return null;
            var checkpoint = await tree.OfSizeAsync(order.CheckpointSize, ct) ?? throw new InvalidDataException($"The checkpoint of {order.CheckpointSize} events is missing.");
            var writer = new BundleWriter(directory, checkpoint.Checkpoint, checkpoint.Note, tree.TileAsync, eventsPerPart);
            var events = new ExportedEvents(database, tree, folder, writer, order, checkpoint.Checkpoint, Math.Min(eventsPerPart, MaxUntold), progress);
            await events.WriteAsync(ct);
            if (folder.Findings is { Count: > 0 } findings) return new ExportResult(order, null, findings);
            await writer.FinishAsync(
                order.From, order.To, order.Filter.TakesAll ? null : order.Filter.ToJson().ToJsonString(), await tree.BetweenAsync(order.From, order.CheckpointSize, ct), order.MadeAt,
                keys.For(KeyPurpose.AuditExport, JwsAlgorithm.ES256), ct);
            return folder.Result(filter);
        }
        catch (InvalidDataException e)
        {
            var now = clock.GetUtcNow();
            return new ExportResult(order ?? new ExportOrder(filter, 0, 0, 0, now), null, [.. folder.Findings, new ExportFinding(null, e.Message)]);
        }
    }

    private async Task<ExportOrder?> BeginAsync(ExportFolder folder, LogTreeRows tree, ExportFilter filter, CancellationToken ct)
    {
        if (await tree.NewestAsync(ct) is not { } newest) return null;
        var (size, bounds) = (newest.Checkpoint.Size, new LogBounds(database));
        var from = filter.From is { } first ? await bounds.AtAsync(first, isBeginning: true, ct) : await bounds.FirstAsync(ct);
        var to = Math.Min(filter.To is { } last ? await bounds.AtAsync(last, isBeginning: false, ct) : size, size);
        var now = clock.GetUtcNow();
        var order = new ExportOrder(filter, Math.Min(from, to), to, size, new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero));
        await folder.BeginAsync(order, ct);
        if (await bounds.FaultAtEndAsync(ct) is { } fault) await folder.NoteAsync(fault, ct);
        foreach (var finding in await new LogEdge(database, tree).FindAsync(newest.Checkpoint, ct)) await folder.NoteAsync(finding, ct);
        return order;
    }
}
