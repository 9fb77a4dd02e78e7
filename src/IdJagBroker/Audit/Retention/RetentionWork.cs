using IdJagBroker.Audit.Exports;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Audit.Retention;

/// <summary>What was done with a month, in words, and whether that is as it should be.</summary>
internal sealed record RetentionStep(LogMonth Month, string Sentence, bool IsTrouble = false);

/// <summary>
/// Archives the oldest months and takes them away: exported, the export verified as anybody would, that recorded, and only then dropped. The
/// oldest first, so that the log in the database has one beginning; a month on hold keeps those after it as well.
/// </summary>
internal sealed class RetentionWork(RetentionTable table, ExportWork export, SigningKeyRing keys, IOptions<RetentionOptions> options, TimeProvider clock)
{
    private const int EventsPerPart = 100_000;
    private static readonly TimeSpan Sequenced = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>Does what is due; says what was done.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    /// <exception cref="SigningUnavailableException">The key for exports does not sign now.</exception>
    /// <exception cref="IOException">The archive cannot be written.</exception>
    public async Task<IReadOnlyList<RetentionStep>> TurnAsync(CancellationToken ct)
    {
        var steps = new List<RetentionStep>();
        if (options.Value.Archive.Length is 0) return steps;
        foreach (var month in await table.MonthsAsync(ct))
        {
            if (month.Ends > clock.GetUtcNow() - options.Value.Hot) break;
            if (await table.IsOnHoldAsync(month, ct)) steps.Add(new(month, $"{month} is on hold, and nothing after it is taken away."));
            else if (await TakeAwayAsync(month, steps, ct)) continue;
            break;
        }
        return steps;
    }

    private async Task<bool> TakeAwayAsync(LogMonth month, List<RetentionStep> steps, CancellationToken ct)
    {
        var directory = Path.Combine(options.Value.Archive, month.ToString());
        if (await table.ArchivedAsync(month, ct) is not { } archived)
        {
            if (await ArchiveAsync(month, directory, ct) is { } fault)
            {
                steps.Add(new(month, fault, IsTrouble: true));
                return false;
            }
            steps.Add(new(month, $"{month} is archived and verified."));
            if (await RecordedAsync(month, ct) is not { } recorded)
            {
                steps.Add(new(month, $"{month} is taken away when the log has the event of its archive."));
                return false;
            }
            archived = recorded;
        }
        if (!IsThere(directory, archived))
        {
            steps.Add(new(month, $"The archive of {month} is not in {options.Value.Archive} as it was made; it is not taken away.", IsTrouble: true));
            return false;
        }
        try
        {
            await table.DropAsync(month, archived, clock.GetUtcNow(), ct);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.InvalidParameterValue)
        {
            steps.Add(new(month, $"The database does not take {month} away: {e.MessageText}.", IsTrouble: true));
            return false;
        }
        steps.Add(new(month, $"{month} is taken away."));
        return true;
    }

    /// <summary>Why it could not be archived, or null.</summary>
    private async Task<string?> ArchiveAsync(LogMonth month, string directory, CancellationToken ct)
    {
        var filter = new ExportFilter { From = month.Begins, To = month.Ends };
        if (await export.RunAsync(filter, directory, EventsPerPart, (_, _, _) => Task.CompletedTask, ct) is not { } result) return "There is no checkpoint to prove an archive by.";
        if (result.Manifest is null) return $"{month} is not archived: {result.Findings[0].Sentence}";
        var report = new BundleVerifier(KeysFor(KeyPurpose.AuditCheckpoint), KeysFor(KeyPurpose.AuditExport), since: null).Verify(directory);
        if (!report.IsGood) return $"The archive of {month} does not verify: {report.Findings[0].Sentence}";
        await table.AppendAsync(RetentionEvent.OfArchive(month, result, report.Checkpoint!.Root.ToString(), clock.GetUtcNow()), ct);
        return null;
    }

    private async Task<ArchivedMonth?> RecordedAsync(LogMonth month, CancellationToken ct)
    {
        for (var started = clock.GetTimestamp(); clock.GetElapsedTime(started) < Sequenced; await Task.Delay(Look, clock, ct))
            if (await table.ArchivedAsync(month, ct) is { } archived) return archived;
        return null;
    }

    private static bool IsThere(string directory, ArchivedMonth archived)
    {
        var folder = new ExportFolder(directory);
        return folder.IsWhole && folder.Result(ExportFilter.None).Sha256 == archived.Sha256;
    }

    private IReadOnlyList<LogKey> KeysFor(KeyPurpose purpose) => [.. keys.PublishedFor(purpose).Keys.Select(key => LogKey.Of(key))];
}
