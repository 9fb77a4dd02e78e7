using System.Text.Json.Nodes;

namespace IdJagBroker.Mutation;

/// <summary>A mistake that Stryker compiled in.</summary>
/// <param name="Id">Its number in the switch.</param>
/// <param name="File">Below the folder of policies.</param>
/// <param name="Line">Where it begins.</param>
/// <param name="Kind">Stryker's name for it.</param>
/// <param name="Original">What is written.</param>
/// <param name="Replacement">What is there instead.</param>
internal sealed record Mutant(int Id, string File, int Line, string Kind, string Original, string Replacement)
{
    /// <summary>The folder, or "top" where it is in none.</summary>
    public string Part => File.Contains('/') ? File[..File.IndexOf('/')] : "top";
}

/// <summary>What became of one.</summary>
internal sealed record MutantResult(Mutant Mutant, string Status, string? Killer)
{
    /// <summary>Whether the tests noticed.</summary>
    public bool IsNoticed => Status is "killed" or "timeout" or "ended";
}

/// <summary>Stryker's report, in the schema of mutation testing elements; and what came of it.</summary>
internal static class MutationReport
{
    private const string Folder = "/src/IdJagBroker/Policies/";

    /// <summary>Those that compile and are not within another that is tried.</summary>
    public static List<Mutant> Read(string file)
    {
        var mutants = new List<Mutant>();
        foreach (var (path, source) in JsonNode.Parse(File.ReadAllText(file))!["files"]!.AsObject())
        {
            if (path.IndexOf(Folder, StringComparison.Ordinal) is < 0 and var at) continue;
            var lines = ((string)source!["source"]!).Split('\n');
            foreach (var one in source["mutants"]!.AsArray())
                if ((string?)one!["status"] is not ("CompileError" or "Ignored"))
                    mutants.Add(new Mutant(int.Parse((string)one["id"]!, System.Globalization.CultureInfo.InvariantCulture), path[(path.IndexOf(Folder, StringComparison.Ordinal) + Folder.Length)..],
                        (int)one["location"]!["start"]!["line"]!, (string)one["mutatorName"]!, Text(lines, one["location"]!), (string)one["replacement"]!));
        }
        return mutants;
    }

    /// <summary>Writes the share of those that were noticed for each part and for all; gives that of all.</summary>
    public static double Write(IReadOnlyCollection<MutantResult> results, TextWriter output)
    {
        foreach (var part in results.GroupBy(result => result.Mutant.Part).OrderBy(part => part.Key, StringComparer.Ordinal)) WriteLine(part.Key, [.. part]);
        return WriteLine("all", results);

        double WriteLine(string name, IReadOnlyCollection<MutantResult> those)
        {
            var noticed = 100.0 * those.Count(result => result.IsNoticed) / those.Count;
            output.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"{name,-12} {noticed,6:F1} %  {those.Count,5} mistakes: {string.Join(", ", those.GroupBy(result => result.Status).OrderBy(status => status.Key, StringComparer.Ordinal).Select(status => $"{status.Count()} {status.Key}"))}"));
            return noticed;
        }
    }

    private static string Text(string[] lines, JsonNode location)
    {
        var (first, last) = ((int)location["start"]!["line"]! - 1, (int)location["end"]!["line"]! - 1);
        return first == last
            ? lines[first][((int)location["start"]!["column"]! - 1)..((int)location["end"]!["column"]! - 1)]
            : lines[first][((int)location["start"]!["column"]! - 1)..] + " …";
    }
}
