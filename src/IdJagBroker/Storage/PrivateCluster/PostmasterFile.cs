using System.Diagnostics;
using System.Globalization;

namespace IdJagBroker.Storage.PrivateCluster;

/// <summary>What <c>postmaster.pid</c> says about the server of a data directory, and whether it is still true.</summary>
internal sealed record PostmasterFile(string Path, int ProcessId, string Data, int Port)
{
    // Above the largest pid_max (2^22): no process has this id, so the server sees its own file as stale.
    private const int Nobody = 99_999_999;

    /// <summary>Null when there is no file, or not yet a whole one.</summary>
    public static PostmasterFile? Read(string data)
    {
        var path = System.IO.Path.Combine(data, "postmaster.pid");
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        return lines.Length >= 4 && Number(lines[0]) is { } process && Number(lines[3]) is { } port
            ? new PostmasterFile(path, process, lines[1], port)
            : null;
    }

    /// <summary>Whether the process of that id is the server of this data directory, and not a stranger that got the id later.</summary>
    public bool IsAlive()
    {
        if (!OperatingSystem.IsLinux()) return ProcessName() is "postgres";
        try
        {
            return File.ReadAllText($"/proc/{ProcessId}/cmdline").Split('\0').Contains(Data);
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>
    /// A stranger with the dead server's id would make every start fail ("lock file already exists"; containers reuse low ids).
    /// Only the id is replaced: the file's shared memory key must stay, it keeps two servers apart. Call under the directory's lock.
    /// </summary>
    public void ForgetStranger()
    {
        if (ProcessName() is null || IsAlive()) return;
        var lines = File.ReadAllLines(Path);
        lines[0] = Nobody.ToString(CultureInfo.InvariantCulture);
        File.WriteAllText(Path, string.Join('\n', lines) + '\n');
    }

    private string? ProcessName()
    {
        try
        {
            using var process = Process.GetProcessById(ProcessId);
            return process.ProcessName;
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    private static int? Number(string line) =>
        int.TryParse(line, NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
}
