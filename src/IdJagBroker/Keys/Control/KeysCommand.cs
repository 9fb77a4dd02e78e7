using System.CommandLine;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Life;

namespace IdJagBroker.Keys.Control;

/// <summary>
/// <c>idjag keys list | rotate | retire KID | revoke KID | test [KID]</c>: what the API does, on the database itself, so that it needs no
/// running broker. Status 0: done; 1: refused; 2: configuration or database cannot be used.
/// </summary>
internal static class KeysCommand
{
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why, for the log." };
    private static readonly Option<bool> Yes = new("--yes") { Description = "Does not ask." };
    private static readonly Option<string> Output = Choice(new Option<string>("--output") { Description = "table, or json for programs.", DefaultValueFactory = _ => "table" });

    public static Command Create() => new("keys", "The signing keys: see them, let the next one sign, withdraw one.")
    {
        List(), Rotate(), Retire(), Revoke(), Test(),
    };

    private static Command List()
    {
        var all = new Option<bool>("--all") { Description = "Also those that are removed." };
        return Make("list", "Shows the keys, and what becomes of them next.", [all], words: 0, async (parsed, host, _, ct) =>
        {
            var board = await host.LookAsync(ct);
            var keys = board.Keys.Where(key => parsed.GetValue(all) || key.State is not KeyState.Removed).Reverse();
            return new KeysAnswer([.. keys.Select(key => KeyView.Of(board, key))]);
        });
    }

    private static Command Rotate()
    {
        var purpose = new Option<string?>("--purpose") { Description = $"Only keys for that: {KeyWords.AllPurposes}." };
        var algorithm = new Option<string?>("--algorithm") { Description = "Only keys of that, such as ES256." };
        var emergency = new Option<bool>("--emergency") { Description = "The next key signs at once, before everybody has seen it." };
        return Make("rotate", "Asks for the next key of those that sign.", [purpose, algorithm, emergency, Reason, Yes], words: 0, async (parsed, host, _, ct) =>
        {
            var actor = Actor(parsed);
            if (RotateKeys.Read(parsed.GetValue(purpose), parsed.GetValue(algorithm), parsed.GetValue(emergency), actor).IsRefused(out var command, out var problem)) return problem;
            if (command.Emergency && KeyWarning.EmergencyOf(command.Purpose) is { } warning && !MaySo(parsed, warning)) return NotSaid;
            if ((await host.Make<RotateKeys.Handler>().Handle(command, ct)).IsRefused(out var answer, out problem)) return problem;
            return await host.FollowAsync([.. answer.Keys.Select(key => key.Kid)], answer.Breaks, ct);
        });
    }

    private static Command Retire() =>
        Make("retire", "Lets a key give way to the next one, or takes back one that never signed.", [Reason], words: 1, async (parsed, host, kid, ct) =>
        {
            var command = new RetireKey.Command(kid!, new IfMatch(null), Actor(parsed));
            if ((await host.Make<RetireKey.Handler>().Handle(command, ct)).IsRefused(out _, out var problem)) return problem;
            return await host.FollowAsync([kid!], null, ct);
        });

    private static Command Revoke() =>
        Make("revoke", "Withdraws a key at once: what it signed verifies no more.", [Reason, Yes], words: 1, async (parsed, host, kid, ct) =>
        {
            if (parsed.GetValue(Reason) is null) return Problem.Invalid("Give --reason: it is kept in the log.");
            var actor = Actor(parsed);
            if ((await host.LookAsync(ct)).Find(kid!) is not { } key) return KeyProblem.NotFound;
            if (!MaySo(parsed, KeyWarning.RevocationOf(key))) return NotSaid;
            if ((await host.Make<RevokeKey.Handler>().Handle(new(kid!, new IfMatch(null), actor), ct)).IsRefused(out var answer, out var problem)) return problem;
            return await host.FollowAsync([kid!], answer.Breaks, ct);
        });

    private static Command Test() =>
        Make("test", "Signs and verifies with a key, or with each that is to sign or does, from here.", [], words: -1, async (_, host, kid, ct) =>
        {
            var board = await host.LookAsync(ct);
            var tried = board.Keys.Where(key => kid is null ? key.State is KeyState.Published or KeyState.Active : key.Kid == kid).ToList();
            if (tried.Count is 0) return kid is null ? KeyProblem.NoActiveKey : KeyProblem.NotFound;
            foreach (var key in tried)
                if ((await host.Make<TestKey.Handler>().Handle(new(key.Kid), ct)).IsRefused(out TestKey.Answer? _, out var problem)) return problem with { Title = $"{key.Kid}: {problem.Title}" };
            return new KeysAnswer([.. tried.Select(key => KeyView.Of(board, key))]) { Note = "Each signs, and its signature verifies." };
        });

    private static Problem NotSaid { get; } = new(409, "not-confirmed", "Nothing was done: it was not confirmed.");

    /// <param name="words">How many kids there are: none, one, or (-1) one or none.</param>
    private static Command Make(string name, string description, Option[] options, int words, Func<ParseResult, KeysHost, string?, CancellationToken, Task<Outcome<KeysAnswer>>> act)
    {
        var command = new Command(name, description) { TreatUnmatchedTokensAsErrors = false };
        foreach (var option in (Option[])[.. options, Output]) command.Add(option);
        var kids = new Argument<string[]>("KID") { Arity = ArgumentArity.ZeroOrMore, Description = "The key." };
        if (words is not 0) command.Add(kids);
        command.SetAction(async (parsed, ct) =>
        {
            var given = ConfigurationWords.Split([.. words is 0 ? [] : parsed.GetValue(kids) ?? [], .. parsed.UnmatchedTokens]);
            if (words < 0 ? given.Words.Length > 1 : given.Words.Length != words)
                throw new StartupFailedException(words switch { 0 => $"'{given.Words[0]}' is one word too many.", 1 => "Give one KID.", _ => "Give one KID, or none for all." });
            await using var host = await KeysHost.OpenAsync(given.Configuration, ct);
            if ((await act(parsed, host, given.Words.FirstOrDefault(), ct)).IsRefused(out var answer, out var problem))
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"{problem.Title} ({problem.Code})");
                return 1;
            }
            await parsed.InvocationConfiguration.Output.WriteAsync(parsed.GetValue(Output) is "json" ? answer.ToJson() : answer.ToTable());
            return 0;
        });
        return command;
    }

    private static KeyActor Actor(ParseResult parsed)
    {
        var reason = parsed.GetValue(Reason);
        return OperatorReason.Fault(reason) is { } fault ? throw new StartupFailedException(fault.Title) : KeyActor.CommandLine with { Reason = reason };
    }

    // On the error stream, so that the answer is all that is on the other.
    private static bool MaySo(ParseResult parsed, string warning)
    {
        var terminal = parsed.InvocationConfiguration.Error;
        terminal.WriteLine(warning);
        if (parsed.GetValue(Yes)) return true;
        terminal.Write("Type 'yes' to go on: ");
        return Console.In.ReadLine()?.Trim() is "yes";
    }

    private static Option<string> Choice(Option<string> option) => option.AcceptOnlyFromAmong("table", "json");
}
