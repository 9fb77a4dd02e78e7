using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using IdJagBroker.Benchmarks;

if (args is ["cpu"])
{
    CpuTime.Print();
    return;
}

if (args is ["exchange"])
{
    await IdJagBroker.Benchmarks.Exchange.ExchangeLoad.PrintAsync();
    return;
}

// In this process: the default toolchain writes a project of its own, which central package management and lock files refuse.
var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance);
BenchmarkSwitcher.FromAssembly(typeof(JoseBenchmarks).Assembly).Run(args, DefaultConfig.Instance.AddJob(job));
