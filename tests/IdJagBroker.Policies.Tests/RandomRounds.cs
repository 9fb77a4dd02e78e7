using System.Globalization;

namespace IdJagBroker.Tests.Policies;

/// <summary>How often a test tries something random. Mutation testing runs all tests thousands of times, and with few rounds each.</summary>
internal static class RandomRounds
{
    /// <summary>IDJAG_TEST_ROUNDS: how many of a hundred rounds are run; 100 where it is not set.</summary>
    private static readonly int Percent = Environment.GetEnvironmentVariable("IDJAG_TEST_ROUNDS") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : 100;

    /// <summary>The rounds to run of those that are usual.</summary>
    public static int Of(int usual) => Math.Max(1, usual * Percent / 100);

    /// <summary>What so many rounds must come upon for the test to say anything; fewer rounds have no such limit.</summary>
    public static int AtLeast(int usual) => Percent < 100 ? 0 : usual;
}
