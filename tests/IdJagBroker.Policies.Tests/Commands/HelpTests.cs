using System.CommandLine;
using System.CommandLine.Help;
using System.Text;
using IdJagBroker.Policies.Commands;
using IdJagBroker.Tests.Policies.Golden;

namespace IdJagBroker.Tests.Policies.Commands;

/// <summary>What each command says of itself.</summary>
public sealed class HelpTests
{
    [Fact]
    public async Task Each_command_says_what_it_does_and_what_its_options_are()
    {
        var said = new StringBuilder();
        await AddAsync(PolicyCommand.Create(), []);
        GoldenFile.Is("help.txt", said.ToString());

        async Task AddAsync(Command command, string[] words)
        {
            var root = new RootCommand { PolicyCommand.Create() };
            root.Options.OfType<HelpOption>().Single().Action = new HelpAction { MaxWidth = int.MaxValue };       // however wide the window is in which the tests run
            var run = await CommandRun.Of(root, ["policy", .. words, "--help"]);
            Assert.Equal((0, ""), (run.Status, run.Error));
            // The program's name is that of whoever runs it.
            said.Append("$ idjag policy ").AppendJoin(' ', words).Append('\n').AppendJoin('\n', run.Output.Split('\n').SkipWhile(line => !line.StartsWith("Usage:", StringComparison.Ordinal)).Skip(2).Select(line => line.TrimEnd()).Prepend(command.Description!)).Append('\n');
            foreach (var sub in command.Subcommands) await AddAsync(sub, [.. words, sub.Name]);
        }
    }
}
