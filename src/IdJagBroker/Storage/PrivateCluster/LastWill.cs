using System.Diagnostics;

namespace IdJagBroker.Storage.PrivateCluster;

/// <summary>
/// A command that runs, and a folder that is deleted, when this process ends, however it ends. A shell waits on a pipe that only we hold:
/// the kernel closes it even after kill -9, so a test run that was killed leaves no server behind, and no process id has to be trusted.
/// </summary>
internal sealed class LastWill : IAsyncDisposable
{
    // Ctrl-C goes to the whole foreground group: the shell must outlive it. The second deletion is for an initdb that was still writing.
    private const string Script = """
        trap '' INT TERM HUP QUIT
        exec >/dev/null 2>&1
        while read -r _; do :; done
        folder=$1; shift
        "$@" </dev/null
        [ -z "$folder" ] || rm -rf -- "$folder" || { sleep 2; rm -rf -- "$folder"; }
        """;

    private readonly Process shell;

    private LastWill(Process shell) => this.shell = shell;

    public static LastWill Write(string? folder, IReadOnlyList<string> command)
    {
        string[] run = ["/bin/sh", "-c", Script, "sh", folder ?? "", .. command];
        string[] own = File.Exists("/usr/bin/setsid") ? ["/usr/bin/setsid", .. run] : run;   // survives a kill of our process group too
        var start = ClusterCommand.Bare(own);
        start.RedirectStandardInput = true;
        return new LastWill(Process.Start(start)!);
    }

    /// <summary>Carries it out now and waits until it is done.</summary>
    public async ValueTask DisposeAsync()
    {
        shell.StandardInput.Close();
        await shell.WaitForExitAsync();
        shell.Dispose();
    }
}
