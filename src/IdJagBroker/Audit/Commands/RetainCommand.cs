using System.CommandLine;
using IdJagBroker.Audit.Exports;
using IdJagBroker.Audit.Retention;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Control;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Audit.Commands;

/// <summary>
/// <c>idjag audit retain</c>: archives old months of the log and takes them away, as brokers do once an hour. Status 0: done, or nothing was due;
/// 1: a month was due and is still there, with the reason; 2: configuration or database cannot be used.
/// </summary>
internal static class RetainCommand
{
    public static Command Create()
    {
        var command = new Command("retain", "Archives the months of the log that are old enough, and takes them away.") { TreatUnmatchedTokensAsErrors = false };
        command.SetAction(async (parsed, ct) =>
        {
            var given = ConfigurationWords.Split(parsed.UnmatchedTokens);
            if (given.Words is [var word, ..]) throw new StartupFailedException($"'{word}' is one word too many.");
            await using var host = await KeysHost.OpenAsync(given.Configuration, ct);
            var options = host.Get<IConfiguration>().GetSection("Audit:Retention").Get<RetentionOptions>() ?? new RetentionOptions();
            if (options.Archive.Length is 0) throw new StartupFailedException("Give Audit:Retention:Archive, a directory; without one nothing is taken away.");
            var keys = await host.OpenKeysAsync(ct);
            var steps = await new RetentionWork(host.Make<RetentionTable>(), host.Make<ExportWork>(), keys, Options.Create(options), host.Get<TimeProvider>()).TurnAsync(ct);
            foreach (var step in steps) await (step.IsTrouble ? parsed.InvocationConfiguration.Error : parsed.InvocationConfiguration.Output).WriteLineAsync(step.Sentence);
            if (steps.Count is 0) await parsed.InvocationConfiguration.Output.WriteLineAsync("No month is old enough.");
            return steps.Any(step => step.IsTrouble) ? 1 : 0;
        });
        return command;
    }
}
