using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using IdJagBroker.Benchmarks;
using IdJagBroker.Benchmarks.Audit;
using IdJagBroker.Benchmarks.Exchange;
using IdJagBroker.Benchmarks.Keys;
using IdJagBroker.Benchmarks.Library;
using IdJagBroker.Benchmarks.Policies;

if (args is ["cpu"])
{
    CpuTime.Print();
    return 0;
}

if (args is ["exchange", .. var inFlight])
{
    await ExchangeLoad.PrintAsync(inFlight is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : 64);
    return 0;
}

if (args is ["library"])
{
    await LibraryLoad.PrintAsync();
    return 0;
}

if (args is ["keys", .. var flying])
{
    await KeysLoad.PrintAsync(flying is [var many] ? int.Parse(many, CultureInfo.InvariantCulture) : 64);
    return 0;
}

if (args is ["rotation", .. var asking])
{
    return await RotationLoad.PrintAsync(asking is [var clients] ? int.Parse(clients, CultureInfo.InvariantCulture) : 16) ? 0 : 1;
}

if (args is ["audit-write", .. var events])
{
    await WriteLoad.PrintAsync(events is [var number] ? int.Parse(number, CultureInfo.InvariantCulture) : 200_000);
    return 0;
}

if (args is ["audit-read", var rows, var kept])
{
    await ReadLoad.PrintAsync(long.Parse(rows, CultureInfo.InvariantCulture), kept);
    return 0;
}

if (args is ["audit-export", .. var wanted])
{
    await ExportLoad.PrintAsync(wanted is [var total] ? int.Parse(total, CultureInfo.InvariantCulture) : 1_000_000);
    return 0;
}

if (args is ["verify", .. var exported])
{
    await VerifyLoad.PrintAsync(exported is [var size] ? long.Parse(size, CultureInfo.InvariantCulture) : 1_000_000);
    return 0;
}

if (args is ["policy"])
{
    PolicyBenchmark.Print();
    return 0;
}

if (args is ["policy-tests", .. var amounts])
{
    int Amount(int which) => amounts.Length > which ? int.Parse(amounts[which], CultureInfo.InvariantCulture) : 1000;
    TestsLoad.Print(Amount(0), Amount(1));
    return 0;
}

if (args is ["fuzz-policy", .. var inputs])
{
    int Number(int which, int otherwise) => inputs.Length > which ? int.Parse(inputs[which], CultureInfo.InvariantCulture) : otherwise;
    return PolicyFuzz.Print(Number(0, 1_000_000), Number(1, 1), inputs is [_, _, var shipped] ? shipped : "policies") ? 0 : 1;
}

if (args is ["vaults", var folder, var vaults])
{
    await VaultProcess.RunAsync(folder, int.Parse(vaults, CultureInfo.InvariantCulture));
    return 0;
}

// In this process: the default toolchain writes a project of its own, which central package management and lock files refuse.
var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance);
BenchmarkSwitcher.FromAssembly(typeof(JoseBenchmarks).Assembly).Run(args, DefaultConfig.Instance.AddJob(job));
return 0;
