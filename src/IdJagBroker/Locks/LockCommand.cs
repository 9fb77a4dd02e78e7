using System.CommandLine;
using System.Globalization;
using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Control;

namespace IdJagBroker.Locks;

/// <summary>
/// <c>idjag lock set | everything | list | lift ID</c>: what the API does, on the database itself, so that it needs no running broker. Status 0:
/// done; 1: refused; 2: configuration or database cannot be used.
/// </summary>
internal static class LockCommand
{
    private const int MostShown = 1_000;
    private static readonly Administrator CommandLine = new("command-line", null, null);
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why, for the log." };
    private static readonly Option<string?> Ticket = new("--ticket") { Description = "The number of a ticket, for the log." };
    private static readonly Option<string?> For = new("--for") { Description = "For how long: a whole number with m, h or d, such as 2h." };
    private static readonly Option<string> Output = Choice(new Option<string>("--output") { Description = "table, or json for programs.", DefaultValueFactory = _ => "table" });

    private static readonly (LockKind Kind, Option<string?> Option)[] Targets =
    [
        (LockKind.Subject, new("--subject") { Description = "A person: the key in the log, or as policies say it, idp-alias|id." }),
        (LockKind.Client, new("--client") { Description = "A client: its alias, or an id of it." }),
        (LockKind.Audience, new("--audience") { Description = "An authorization server: its alias or issuer." }),
        (LockKind.Resource, new("--resource") { Description = "An MCP server: its alias or URI." }),
        (LockKind.Key, new("--key") { Description = "A signing key: its kid." }),
    ];

    public static Command Create() => new("lock", "Stops issuing, within seconds, until a time: for a person, a client, a server, a key, or everything.")
    {
        Set(), Everything(), List(), Lift(),
    };

    private static Command Set() =>
        Make("set", "Locks one person, client, authorization server, MCP server or signing key.", [.. Targets.Select(target => target.Option), Reason, Ticket, For], null, (parsed, host, _, ct) =>
        {
            var given = Targets.Where(target => parsed.GetValue(target.Option) is not null).ToList();
            return given is [var (kind, option)]
                ? SetAsync(parsed, host, kind, parsed.GetValue(option), ct)
                : throw new StartupFailedException($"Give one of {string.Join(", ", Targets.Select(target => target.Option.Name))}. To lock everything: idjag lock everything.");
        });

    private static Command Everything() =>
        Make("everything", "Locks everything: no ID-JAG is issued to anybody.", [Reason, Ticket, For], null, (parsed, host, _, ct) => SetAsync(parsed, host, LockKind.Everything, null, ct));

    private static Command List()
    {
        var all = new Option<bool>("--all") { Description = "Also those that are expired or lifted." };
        return Make("list", "Shows the locks in force, the newest first.", [all], null, async (parsed, host, _, ct) =>
        {
            var page = await host.Make<ListLocks.Handler>().Handle(new(parsed.GetValue(all), null, MostShown), ct);
            return new LocksAnswer(page.Locks) { Note = page.Next is null ? null : $"These are the newest {MostShown}; the API has the rest." };
        });
    }

    private static Command Lift() =>
        Make("lift", "Lifts a lock.", [Reason], "ID", async (parsed, host, word, ct) =>
        {
            if (LockApi.IdOf(word!) is not { } id) return LockProblem.NotFound;
            if ((await host.Make<LiftLock.Handler>().Handle(new(id, new IfMatch(null), GivenReason(parsed), CommandLine), ct)).IsRefused(out var lifted, out var problem)) return problem;
            return new LocksAnswer([lifted]) { Note = "Lifted. Running brokers follow within 2 s. Other locks may still hold: idjag lock list." };
        });

    private static async Task<Outcome<LocksAnswer>> SetAsync(ParseResult parsed, LocksHost host, LockKind kind, string? target, CancellationToken ct)
    {
        var reason = GivenReason(parsed);
        var life = Duration(parsed.GetValue(For) ?? throw new StartupFailedException("Give --for: how long it holds, such as 2h."));
        var wanted = new WantedLock(kind, target, reason, parsed.GetValue(Ticket), TimeProvider.System.GetUtcNow() + life);
        if (SetLock.Fault(wanted) is { } fault) throw new StartupFailedException(fault.Title);
        if ((await host.Make<SetLock.Handler>().Handle(new(wanted, CommandLine), ct)).IsRefused(out var set, out var problem)) return problem;
        return new LocksAnswer([set]) { Note = "Locked. Running brokers follow within 2 s. Access tokens that were issued before live on." };
    }

    /// <param name="word">What the one argument is called; null: there is none.</param>
    private static Command Make(string name, string description, Option[] options, string? word, Func<ParseResult, LocksHost, string?, CancellationToken, Task<Outcome<LocksAnswer>>> act)
    {
        var command = new Command(name, description) { TreatUnmatchedTokensAsErrors = false };
        foreach (var option in (Option[])[.. options, Output]) command.Add(option);
        var words = new Argument<string[]>(word ?? "ID") { Arity = ArgumentArity.ZeroOrMore, Description = "Which." };
        if (word is not null) command.Add(words);
        command.SetAction(async (parsed, ct) =>
        {
            var given = ConfigurationWords.Split([.. word is null ? [] : parsed.GetValue(words) ?? [], .. parsed.UnmatchedTokens]);
            if (given.Words.Length != (word is null ? 0 : 1))
                throw new StartupFailedException(word is null ? $"'{given.Words[0]}' is one word too many." : $"Give one {word}.");
            await using var host = await LocksHost.OpenAsync(given.Configuration, ct);
            if ((await act(parsed, host, given.Words.FirstOrDefault(), ct)).IsRefused(out var answer, out var problem))
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"{problem.Title} ({problem.Code})" + (problem.Hint is null ? "" : " " + problem.Hint));
                return 1;
            }
            await parsed.InvocationConfiguration.Output.WriteAsync(parsed.GetValue(Output) is "json" ? answer.ToJson() : answer.ToTable());
            return 0;
        });
        return command;
    }

    private static string GivenReason(ParseResult parsed)
    {
        var reason = parsed.GetValue(Reason) ?? throw new StartupFailedException("Give --reason: it is kept in the log.");
        return OperatorReason.Fault(reason) is { } fault ? throw new StartupFailedException(fault.Title) : reason;
    }

    private static TimeSpan Duration(string text)
    {
        TimeSpan? unit = text is [.., var last] ? last switch { 'd' => TimeSpan.FromDays(1), 'h' => TimeSpan.FromHours(1), 'm' => TimeSpan.FromMinutes(1), _ => null } : null;
        return unit is { } of && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= IssuanceLock.MaxLife / of
            ? number * of
            : throw new StartupFailedException($"--for is a whole number with m, h or d, such as 2h, and at most {IssuanceLock.MaxLife.Days}d.");
    }

    private static Option<string> Choice(Option<string> option) => option.AcceptOnlyFromAmong("table", "json");
}
