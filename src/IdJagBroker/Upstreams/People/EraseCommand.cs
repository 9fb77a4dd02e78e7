using System.CommandLine;
using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Control;
using IdJagBroker.Storage;

namespace IdJagBroker.Upstreams.People;

/// <summary><c>idjag audit erase SUBJECT_KEY --reason …</c>: the same as the API's, with the database's credentials.</summary>
internal static class EraseCommand
{
    private static readonly Administrator CommandLine = new("command-line", null, null);

    public static Command Create()
    {
        var reason = new Option<string>("--reason") { Description = "Why; kept in the log. Not who: that would not be erased.", Required = true };
        var keys = new Argument<string[]>("SUBJECT_KEY") { Arity = ArgumentArity.ZeroOrMore, Description = "The person's key in the log." };
        var erase = new Command("erase", "Erases a person: nobody can tell any more whom the key stands for. It cannot be undone.") { reason, keys };
        erase.TreatUnmatchedTokensAsErrors = false;
        erase.SetAction(async (parsed, ct) =>
        {
            var given = ConfigurationWords.Split([.. parsed.GetValue(keys) ?? [], .. parsed.UnmatchedTokens]);
            if (given.Words is not [var subjectKey]) throw new StartupFailedException("Give one SUBJECT_KEY.");
            var why = parsed.GetRequiredValue(reason);
            if (OperatorReason.Fault(why) is { } fault) throw new StartupFailedException(fault.Title);
            return await EraseAsync(subjectKey, why, given.Configuration, parsed.InvocationConfiguration, ct);
        });
        return erase;
    }

    private static async Task<int> EraseAsync(string subjectKey, string reason, string[] configuration, InvocationConfiguration terminal, CancellationToken ct)
    {
        var builder = Host.CreateApplicationBuilder(configuration);
        await using var cluster = builder.Environment.IsDevelopment() ? await DevelopmentState.FillAsync(builder.Configuration, ct) : null;
        if (builder.Configuration["Database:ConnectionString"] is not { Length: > 0 } connectionString)
            throw new StartupFailedException("Give Database:ConnectionString (Database__ConnectionString in the environment).");
        await using var database = DatabaseSetup.CreateDataSource(connectionString);
        if (await new PersonErasure(database).EraseAsync(subjectKey, PersonEvent.Erased(subjectKey, reason, CommandLine, TimeProvider.System.GetUtcNow()), ct) is { } refusal)
        {
            await terminal.Error.WriteLineAsync(refusal.Title);
            return 1;
        }
        await terminal.Output.WriteLineAsync("Erased. Running brokers forget within 5 s.");
        return 0;
    }
}
