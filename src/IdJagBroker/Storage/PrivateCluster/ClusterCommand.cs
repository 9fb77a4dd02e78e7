using System.Diagnostics;

namespace IdJagBroker.Storage.PrivateCluster;

/// <summary>Runs the commands that make, start and stop a cluster, with a bare environment and no pipe that a server could inherit.</summary>
internal static class ClusterCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private static readonly string[] KeptVariables = ["PATH", "LD_LIBRARY_PATH", "TMPDIR"];

    /// <summary>Runs a command that ends by itself. Never for <c>pg_ctl start</c>: the server would hold the pipe and the read never end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(IReadOnlyList<string> command, CancellationToken ct)
    {
        var start = Bare(command);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var errors = process.StandardError.ReadToEndAsync(ct);
        await WaitAsync(process, ct);
        return (process.ExitCode, await output + await errors);
    }

    /// <summary>Runs a command that leaves a server behind; all three streams are files.</summary>
    public static async Task<int> RunDetachedAsync(IReadOnlyList<string> command, string outputFile, CancellationToken ct)
    {
        using var process = Process.Start(Bare(["/bin/sh", "-c", "exec \"$@\" >\"$0\" 2>&1 </dev/null", outputFile, .. command]))!;
        await WaitAsync(process, ct);
        return process.ExitCode;
    }

    /// <summary>
    /// Only what the server binaries need: the caller's secrets do not belong in a server's environment, and PGDATA or PGPORT of the
    /// caller must not move this cluster. "/" because the server's account can enter it, wherever the caller stands.
    /// </summary>
    public static ProcessStartInfo Bare(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { WorkingDirectory = "/" };
        var kept = KeptVariables.ToDictionary(name => name, Environment.GetEnvironmentVariable);
        start.Environment.Clear();
        foreach (var (name, value) in kept)
            if (value is not null) start.Environment[name] = value;
        start.Environment["LC_ALL"] = "C";   // we read the server's messages
        return start;
    }

    private static async Task WaitAsync(Process process, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            if (ct.IsCancellationRequested) throw;
            throw new PrivateClusterException($"{process.StartInfo.FileName} did not end within {Limit.TotalSeconds:0} s.");
        }
    }
}
