using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;

namespace IdJagBroker.Benchmarks.Exchange;

/// <summary>Bytes that another .NET process allocates on its heap, from the runtime's own counter (<c>alloc-rate</c> of <c>System.Runtime</c>).</summary>
internal static class Allocations
{
    /// <summary>Counts what <paramref name="process"/> allocates while <paramref name="work"/> runs.</summary>
    public static async Task<long> DuringAsync(int process, Func<Task> work)
    {
        var provider = new EventPipeProvider("System.Runtime", EventLevel.Informational, -1, new Dictionary<string, string> { ["EventCounterIntervalSec"] = "1" });
        using var session = new DiagnosticsClient(process).StartEventPipeSession(provider, requestRundown: false);
        using var source = new EventPipeEventSource(session.EventStream);
        var bytes = 0.0;
        source.Dynamic.All += data =>
        {
            if (data.EventName is "EventCounters" && data.PayloadValue(0) is IDictionary<string, object> { } outer
                && outer["Payload"] is IDictionary<string, object> counter && counter["Name"] is "alloc-rate") bytes += (double)counter["Increment"];
        };
        var reading = Task.Run(source.Process);
        await Task.Delay(2_000);        // the first reports tell of the time before
        bytes = 0;
        await work();
        await Task.Delay(1_500);
        await session.StopAsync(CancellationToken.None);
        await reading;
        return (long)bytes;
    }
}
