using System.Diagnostics;
using IdJagBroker.StandIn;

namespace IdJagBroker.Benchmarks.Keys;

/// <summary>Stand-in vaults in a process of their own: without a quota, and 10 ms away.</summary>
internal sealed class VaultProcess : IAsyncDisposable
{
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(10);
    private readonly Process _process;

    private VaultProcess(Process process, string[] settings) => (_process, Settings) = (process, settings);

    /// <summary>The broker's settings for them.</summary>
    public string[] Settings { get; }

    public int Id => _process.Id;

    public static async Task<VaultProcess> StartAsync(int vaults)
    {
        var folder = Directory.CreateTempSubdirectory("idjag-load-vaults-").FullName;
        var process = Process.Start(new ProcessStartInfo("dotnet", ["exec", typeof(VaultProcess).Assembly.Location, "vaults", folder, $"{vaults}"]))!;
        while (!File.Exists(Path.Combine(folder, "ready")))
        {
            if (process.HasExited) throw new InvalidOperationException("The stand-in vaults did not start.");
            await Task.Delay(50);
        }
        return new VaultProcess(process, await File.ReadAllLinesAsync(Path.Combine(folder, "settings")));
    }

    /// <summary>What that process does.</summary>
    public static async Task RunAsync(string folder, int vaults)
    {
        var settings = new List<string> { "--Keys:Mode=vault" };
        for (var i = 0; i < vaults; i++)
        {
            var vault = await StandInVault.StartAsync();
            vault.Throttle.Scale = vault.Throttle.CreationScale = 1_000;
            vault.Faults.Always(Fault.Delay(Latency), call => call.Operation is "sign");
            var root = Path.Combine(folder, $"{i}.pem");
            await File.WriteAllTextAsync(root, vault.RootCertificatePem);
            var section = $"--Keys:Vaults:{i}";
            settings.AddRange(
            [
                $"{section}:Url={vault.Url}", $"{section}:Credential=test-token", $"{section}:TrustedRootFile={root}",
                $"{section}:TestToken={vault.Tokens.Issue(VaultRole.CryptoOfficer, TimeSpan.FromDays(1))}",
            ]);
        }
        await File.WriteAllLinesAsync(Path.Combine(folder, "settings"), settings);
        await File.WriteAllTextAsync(Path.Combine(folder, "ready"), "");
        await Task.Delay(Timeout.Infinite);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }
}
