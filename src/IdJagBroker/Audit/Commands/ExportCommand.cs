using System.CommandLine;
using System.Globalization;
using IdJagBroker.Audit.Exports;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Control;
using IdJagBroker.Keys.Life;
using IdJagBroker.Storage;

namespace IdJagBroker.Audit.Commands;

/// <summary>
/// <c>idjag audit export --out DIR</c>: what the API makes, from the database itself, so that it needs no running broker; interrupted, it goes
/// on where it was. Status 0: done; 1: something in the database is not as the log has it; 2: configuration, database or directory cannot be used.
/// </summary>
internal static class ExportCommand
{
    private const int EventsPerPart = 100_000;

    private static readonly Option<string> Out = new("--out") { Description = "The directory to make, or to go on with.", Required = true };
    private static readonly Option<string?> From = new("--from") { Description = "The first moment of recording, such as 2026-10-01 or 2026-10-01T12:00:00Z." };
    private static readonly Option<string?> To = new("--to") { Description = "The first moment that is left out." };
    private static readonly Option<string[]> Type = new("--type") { Description = "Only that type, such as idjag.issued or key.*. Once for each; so the others." };
    private static readonly Option<string[]> Client = new("--client") { Description = "Only of that client, by its alias." };
    private static readonly Option<string[]> Outcome = new("--outcome") { Description = "Only ok, denied or error." };
    private static readonly Option<string[]> Resource = new("--resource") { Description = "Only about that server, by its address." };
    private static readonly Option<string[]> Subject = new("--subject") { Description = "Only about that person, by the key in the log." };
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why, for the log." };

    public static Command Create()
    {
        var command = new Command("export", "Exports the log, or a part of it, with everything that proves it.") { Out, From, To, Type, Client, Outcome, Resource, Subject, Reason };
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction(async (parsed, ct) =>
        {
            var (filter, reason) = (Filter(parsed), parsed.GetValue(Reason));
            if (OperatorReason.Fault(reason) is { } fault) throw new StartupFailedException(fault.Title);
            var given = ConfigurationWords.Split(parsed.UnmatchedTokens);
            if (given.Words is [var word, ..]) throw new StartupFailedException($"'{word}' is one word too many.");
            var directory = Path.GetFullPath(parsed.GetRequiredValue(Out));
            CheckDirectory(directory, filter);
            await using var host = await KeysHost.OpenAsync(given.Configuration, ct);
            return await RunAsync(host, filter, directory, reason ?? "not given", parsed.InvocationConfiguration, ct);
        });
        return command;
    }

    private static async Task<int> RunAsync(KeysHost host, ExportFilter filter, string directory, string reason, InvocationConfiguration terminal, CancellationToken ct)
    {
        await host.OpenKeysAsync(ct);
        var (clock, database) = (host.Get<TimeProvider>(), host.Get<JobDatabase>());
        var now = clock.GetUtcNow();
        var job = new ExportJob(Guid.CreateVersion7(now), ExportJob.Queued, now, KeyActor.CommandLine.Key, reason, filter.ToJson());
        await RecordAsync(database, ExportEvent.Requested(job), ct);
        ExportResult? result;
        try
        {
            result = await host.Make<ExportWork>().RunAsync(filter, directory, EventsPerPart, (_, seq, events) => terminal.Error.WriteLineAsync($"event {seq}, {events} exported"), ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupFailedException($"{directory} cannot be written: {e.Message}");
        }
        if (result is null) throw new StartupFailedException("No checkpoint of the log was signed yet; there is nothing to prove an export by.");
        await RecordAsync(database, ExportEvent.Ended(job, result, clock.GetUtcNow()), ct);
        foreach (var finding in result.Findings) await terminal.Error.WriteLineAsync(finding.Sentence);
        await terminal.Output.WriteLineAsync(result.Manifest is { } manifest
            ? $"{manifest.Events} events of {manifest.From} to {manifest.To}, under the checkpoint of {manifest.CheckpointSize}; manifest.json sha256 {result.Sha256}."
            : $"Given up: {result.Findings.Count} things in the database are not as the log has them.");
        return result.Manifest is null ? 1 : 0;
    }

    private static async Task RecordAsync(JobDatabase database, AuditEvent auditEvent, CancellationToken ct)
    {
        await using var connection = await database.Source.OpenConnectionAsync(ct);
        await AuditBatch.AppendAsync(connection, auditEvent.By(KeyActor.CommandLine), ct);
    }

    private static void CheckDirectory(string directory, ExportFilter filter)
    {
        var folder = new ExportFolder(directory);
        if (folder.IsWhole) throw new StartupFailedException($"{directory} has an export already.");
        if (folder.Begun is { } begun)
        {
            if (begun.Filter.ToJson().ToJsonString() != filter.ToJson().ToJsonString()) throw new StartupFailedException($"In {directory} an export with another filter was begun.");
        }
        else if (!folder.IsEmpty)
        {
            throw new StartupFailedException($"{directory} is not empty, and no export was begun there.");
        }
    }

    private static ExportFilter Filter(ParseResult parsed)
    {
        var filter = new ExportFilter
        {
            From = Time(parsed.GetValue(From)), To = Time(parsed.GetValue(To)), Type = Words(parsed, Type), Client = Words(parsed, Client), Outcome = Words(parsed, Outcome),
            Resource = Words(parsed, Resource), Subject = Words(parsed, Subject),
        };
        return filter.Fault() is { } fault ? throw new StartupFailedException(fault.Title) : filter;
    }

    private static string[] Words(ParseResult parsed, Option<string[]> option) =>
        parsed.GetValue(option) is not { } words ? [] : Array.TrueForAll(words, word => word.Length > 0) ? words : throw new StartupFailedException($"{option.Name} is empty.");

    private static DateTimeOffset? Time(string? text) => text is null ? null
        : DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time : throw new StartupFailedException($"'{text}' is no time such as 2026-10-01 or 2026-10-01T12:00:00Z.");
}
