using System.Diagnostics;
using System.Globalization;
using IdJagBroker.EndToEndTests.Rotation;
using IdJagBroker.Storage;
using IdJagBroker.Storage.PrivateCluster;

namespace IdJagBroker.Benchmarks.Keys;

/// <summary>The rotation drill at full load: as many tokens as the machine gives, ten rotations, two relying parties that keep the JWKS for 10 min.</summary>
internal static class RotationLoad
{
    private const int Rotations = 10;
    private const int TokensAStep = 500;

    /// <summary>Returns whether every token verified.</summary>
    /// <param name="inFlight">How many requests are under way at any time.</param>
    public static async Task<bool> PrintAsync(int inFlight)
    {
        await using var postgres = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { Directory = Directory.CreateTempSubdirectory("idjag-load-").FullName });
        await DatabaseSetup.MigrateAsync(postgres.ConnectionString, CancellationToken.None);
        await using var drill = await RotationDrill.StartAsync(postgres.ConnectionString);
        var started = Stopwatch.GetTimestamp();
        var result = await drill.RunAsync(Rotations, inFlight, TokensAStep, CancellationToken.None);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Rotations} rotations in {result.Simulated.TotalMinutes:F0} simulated minutes, {inFlight} in flight: {result.Tokens} tokens of {result.Kids} keys ({result.Tokens / seconds:F0}/s), "
            + $"{result.Verifications} verifications, {result.Failures.Count} failed"));
        foreach (var failure in result.Failures.Distinct().Take(10)) Console.WriteLine(failure);
        return result.Failures.Count is 0;
    }
}
