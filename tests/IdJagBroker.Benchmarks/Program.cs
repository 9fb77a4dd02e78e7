using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using IdJagBroker.Benchmarks;
using IdJagBroker.Benchmarks.Audit;
using IdJagBroker.Benchmarks.Exchange;
using IdJagBroker.Benchmarks.Keys;

if (args is ["cpu"])
{
    CpuTime.Print();
    return;
}

if (args is ["exchange", .. var inFlight])
{
    await ExchangeLoad.PrintAsync(inFlight is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : 64);
    return;
}

if (args is ["keys", .. var flying])
{
    await KeysLoad.PrintAsync(flying is [var many] ? int.Parse(many, CultureInfo.InvariantCulture) : 64);
    return;
}

if (args is ["verify", .. var exported])
{
    await VerifyLoad.PrintAsync(exported is [var events] ? long.Parse(events, CultureInfo.InvariantCulture) : 1_000_000);
    return;
}

if (args is ["vaults", var folder, var vaults])
{
    await VaultProcess.RunAsync(folder, int.Parse(vaults, CultureInfo.InvariantCulture));
    return;
}

// In this process: the default toolchain writes a project of its own, which central package management and lock files refuse.
var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance);
BenchmarkSwitcher.FromAssembly(typeof(JoseBenchmarks).Assembly).Run(args, DefaultConfig.Instance.AddJob(job));
