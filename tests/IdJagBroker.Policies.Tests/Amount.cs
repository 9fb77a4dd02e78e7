using System.Globalization;

namespace IdJagBroker.Tests.Policies;

/// <summary>
/// How much a test takes of what it takes much of: rounds with something random, bytes of a hostile file. Mutation testing runs the tests
/// thousands of times, and notes each time what of the code they reach, so that it takes less.
/// </summary>
internal static class Amount
{
    // IDJAG_TEST_ROUNDS: how many of a hundred; 100 where it is not set.
    private static readonly int Percent = Environment.GetEnvironmentVariable("IDJAG_TEST_ROUNDS") is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : 100;

    /// <summary>Whether it is all that is usual, so that everything comes up.</summary>
    public static bool IsWhole => Percent >= 100;

    /// <summary>So much of what is usual.</summary>
    public static int Of(int usual) => (int)Math.Max(1, (long)usual * Percent / 100);

    /// <summary>What must have been come upon for the test to say anything; less has no such limit.</summary>
    public static int AtLeast(int usual) => IsWhole ? usual : 0;
}
