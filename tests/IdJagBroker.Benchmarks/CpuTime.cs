using System.Diagnostics;
using System.Globalization;

namespace IdJagBroker.Benchmarks;

/// <summary>
/// The same methods by CPU time of the process instead of by the clock, best of many short batches: the figure that other work on
/// the machine disturbs least.
/// </summary>
internal static class CpuTime
{
    private const int Batches = 40;
    private const int PerBatch = 4_000;

    public static void Print()
    {
        using var benchmarks = new JoseBenchmarks();
        Measure(nameof(benchmarks.MintIdJagEs256), () => benchmarks.MintIdJagEs256());
        Measure(nameof(benchmarks.VerifyIdJagEs256), () => benchmarks.VerifyIdJagEs256());
        Measure(nameof(benchmarks.VerifyIdTokenRs256), () => benchmarks.VerifyIdTokenRs256());
    }

    internal static void Measure<T>(string name, Func<T> work)
    {
        for (var i = 0; i < 5 * PerBatch; i++) work();                  // the JIT's tiers
        var best = double.MaxValue;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var batch = 0; batch < Batches; batch++)
        {
            var before = Environment.CpuUsage.TotalTime;
            for (var i = 0; i < PerBatch; i++) work();
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / PerBatch);
        }
        allocated = (GC.GetAllocatedBytesForCurrentThread() - allocated) / (Batches * PerBatch);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-20} {best,6:F1} µs CPU, {allocated} B"));
    }
}
