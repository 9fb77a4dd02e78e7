using System.Globalization;

namespace IdJagBroker.Benchmarks.Exchange;

/// <summary>CPU time and memory of another process, from <c>/proc</c> (Linux).</summary>
internal static class ProcessCpu
{
    private const double TicksPerSecond = 100;      // USER_HZ, fixed on Linux

    /// <summary>User and system time of a process.</summary>
    public static TimeSpan Of(int process) => Read(process, withEndedChildren: false);

    /// <summary>The same of a process and its children: Postgres has one process for each connection.</summary>
    public static TimeSpan OfTree(int process) => Directory.GetDirectories("/proc")
        .Select(directory => int.TryParse(Path.GetFileName(directory), out var id) ? id : 0)
        .Where(id => id > 0 && id != process && Parent(id) == process)
        .Aggregate(Read(process, withEndedChildren: true), (sum, id) => sum + Read(id, withEndedChildren: false));

    public static double ResidentMiB(int process) =>
        double.Parse(File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;

    private static TimeSpan Read(int process, bool withEndedChildren)
    {
        var fields = Fields(process);
        return fields.Length is 0 ? TimeSpan.Zero
            : TimeSpan.FromSeconds(fields.Skip(11).Take(withEndedChildren ? 4 : 2).Sum(ticks => double.Parse(ticks, CultureInfo.InvariantCulture)) / TicksPerSecond);
    }

    private static int Parent(int process) => Fields(process) is { Length: > 1 } fields ? int.Parse(fields[1], CultureInfo.InvariantCulture) : 0;

    // What follows the name, which may hold anything but ends with the last parenthesis: state, parent, …
    private static string[] Fields(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];      // it has ended
        }
    }
}
