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

// In this process: the default toolchain writes a project of its own, which central package management and lock files refuse.
var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, DefaultConfig.Instance.AddJob(job));
