using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace IdJagBroker.Mutation;

/// <summary>What one test comes by.</summary>
/// <param name="Name">Of the test.</param>
/// <param name="Milliseconds">That it takes.</param>
/// <param name="Mutants">That it comes by.</param>
/// <param name="Static">Of those, the ones that are come by once only, while static fields are set.</param>
internal sealed record TestReach(string Name, double Milliseconds, int[] Mutants, int[] Static);

/// <summary>Which test comes by which mistake, so that each is tried with those tests only.</summary>
internal static class Reach
{
    /// <summary>Where the tests are.</summary>
    public static Assembly Tests => Assembly.Load("IdJagBroker.Policies.Tests");

    public static List<TestReach> Read(string file) => JsonSerializer.Deserialize<List<TestReach>>(File.ReadAllText(file))!;

    /// <summary>Runs every test twice, for what it comes by and for its time; status 1 if one fails without any mistake.</summary>
    public static int Note(string file)
    {
        MutantSwitch.Clear();
        var all = new List<TestReach>();
        foreach (var test in TestCase.All(Tests))
        {
            var (reached, fixedOnce) = MutantSwitch.Note(() => test.Passes());
            var started = Stopwatch.GetTimestamp();
            if (!test.Passes())
            {
                Console.Error.WriteLine($"{test.Name} fails without any mistake.");
                return 1;
            }
            all.Add(new TestReach(test.Name, Stopwatch.GetElapsedTime(started).TotalMilliseconds, reached, fixedOnce));
        }
        File.WriteAllText(file, JsonSerializer.Serialize(all));
        return 0;
    }
}
