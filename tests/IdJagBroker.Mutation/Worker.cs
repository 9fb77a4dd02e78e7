using System.Globalization;

namespace IdJagBroker.Mutation;

/// <summary>Tries mistakes, in a process of its own: one may make the code run for ever, or end the process.</summary>
internal sealed class Worker
{
    // Mistakes are numbered as they stand in the files.
    private const int Near = 100;

    private readonly List<(TestReach Reach, TestCase Test)> _tests;

    /// <param name="reach">Which test comes by which mistake.</param>
    public Worker(string reach)
    {
        var cases = TestCase.All(IdJagBroker.Mutation.Reach.Tests).ToDictionary(test => test.Name);
        // The quickest first: most mistakes are noticed by the first few.
        _tests = [.. IdJagBroker.Mutation.Reach.Read(reach).OrderBy(test => test.Milliseconds).Select(test => (test, cases[test.Name]))];
    }

    /// <summary>Reads a mistake's number a line and answers "survived", or "killed" and by which test, with "spoilt" before it if that test fails without the mistake too from now on.</summary>
    public int Serve()
    {
        while (Console.ReadLine() is { } line)
        {
            var mutant = int.Parse(line, CultureInfo.InvariantCulture);
            var (killer, spoilt) = Try(mutant, _tests.Where(test => test.Reach.Mutants.Contains(mutant)).Select(test => test.Test));
            Console.WriteLine(killer is null ? "survived" : $"{(spoilt ? "spoilt " : "")}killed {killer}");
        }
        return 0;
    }

    /// <summary>
    /// Makes one mistake before anything of the code has run, for what is done once only; all tests, since whichever came first set the fields. Those first that come by
    /// what is written near it.
    /// </summary>
    public int TryFromTheStart(int mutant)
    {
        var (killer, _) = Try(mutant, _tests.OrderByDescending(test => test.Reach.Mutants.Count(id => Math.Abs(id - mutant) < Near)).Select(test => test.Test));
        Console.WriteLine(killer is null ? "survived" : $"killed {killer}");
        return 0;
    }

    private static (string? Killer, bool Spoilt) Try(int mutant, IEnumerable<TestCase> tests)
    {
        MutantSwitch.Set(mutant);
        var killer = tests.FirstOrDefault(test => !test.Passes());
        MutantSwitch.Clear();
        return (killer?.Name, killer is not null && !killer.Passes());
    }
}
