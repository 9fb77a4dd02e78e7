using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace IdJagBroker.Mutation;

/// <summary>Tries every mistake, with as many workers as there are processors.</summary>
internal sealed class MutationRun
{
    /// <summary>What must be noticed, in a hundred.</summary>
    private const double Goal = 85;

    private const int Seed = 1;

    // A test that ran for so much longer than usual does not end.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private const int TimesAsLong = 5;

    private readonly string _reachFile;
    private readonly List<TestReach> _reach;
    private readonly HashSet<int> _static;
    private readonly int _all;
    private readonly ConcurrentQueue<Mutant> _waiting;
    private readonly ConcurrentBag<MutantResult> _results = [];
    private readonly StreamWriter _file;

    private MutationRun(string reachFile, IEnumerable<Mutant> mutants, int most, StreamWriter file)
    {
        (_reachFile, _reach, _file) = (reachFile, Reach.Read(reachFile), file);
        _static = [.. _reach.SelectMany(test => test.Static)];
        // In no order, so that some of them say something of all.
        var shuffled = mutants.OrderBy(mutant => mutant.Id).ToArray();
        new Random(Seed).Shuffle(shuffled);
        (_all, _waiting) = (shuffled.Length, new ConcurrentQueue<Mutant>(shuffled.Take(most)));
    }

    /// <summary>Status 0 if enough was noticed.</summary>
    /// <param name="report">Stryker's.</param>
    /// <param name="results">Where what became of each is written, a line each.</param>
    /// <param name="most">How many are tried.</param>
    public static async Task<int> RunAsync(string report, string results, int most)
    {
        var reachFile = results + ".reach";
        using (var noting = Process.Start(Environment.ProcessPath!, ["exec", typeof(MutationRun).Assembly.Location, "reach", reachFile]))
        {
            await noting.WaitForExitAsync();
            if (noting.ExitCode is not 0) return 1;
        }
        await using var file = new StreamWriter(results) { AutoFlush = true };
        var run = new MutationRun(reachFile, MutationReport.Read(report), most, file);
        Console.WriteLine($"{run._waiting.Count} of {run._all} mistakes, {run._reach.Count} tests, {run._static.Count} mistakes that are made once only");
        var started = Stopwatch.GetTimestamp();
        using (new Timer(_ => Console.WriteLine($"{run._results.Count} tried, {run._results.Count(result => !result.IsNoticed)} not noticed"), null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)))
            await Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount).Select(_ => run.WorkAsync()));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"in {Stopwatch.GetElapsedTime(started).TotalMinutes:F1} min"));
        return MutationReport.Write(run._results, Console.Out) >= Goal ? 0 : 2;
    }

    private async Task WorkAsync()
    {
        WorkerProcess? worker = null;
        while (_waiting.TryDequeue(out var mutant))
        {
            var answer = "not reached";
            if (_static.Contains(mutant.Id))
            {
                using var alone = new WorkerProcess(_reachFile, mutant.Id);
                answer = await alone.AnswerAsync(Limit(_reach));
            }
            else if (_reach.FindAll(test => test.Mutants.Contains(mutant.Id)) is { Count: > 0 } tests)
            {
                worker ??= new WorkerProcess(_reachFile);
                answer = await worker.TryAsync(mutant.Id, Limit(tests));
                if (worker.IsSpoilt && answer.StartsWith("killed", StringComparison.Ordinal))
                {
                    // The test may have failed for what an earlier mistake left behind: once more, where there was none.
                    worker.Dispose();
                    worker = new WorkerProcess(_reachFile);
                    answer = await worker.TryAsync(mutant.Id, Limit(tests));
                }
                if (worker.IsSpoilt)
                {
                    worker.Dispose();
                    worker = null;
                }
            }
            var words = answer.Split(' ', 2);
            var result = words is ["killed", var killer] ? new MutantResult(mutant, "killed", killer) : new MutantResult(mutant, answer, null);
            _results.Add(result);
            lock (_file) _file.WriteLine(JsonSerializer.Serialize(result));
        }
        worker?.Dispose();
    }

    private static TimeSpan Limit(IEnumerable<TestReach> tests) => Patience + TimesAsLong * TimeSpan.FromMilliseconds(tests.Sum(test => test.Milliseconds));
}
