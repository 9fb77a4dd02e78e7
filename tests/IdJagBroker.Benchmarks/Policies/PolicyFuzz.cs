using System.Diagnostics;
using System.Globalization;
using System.Text;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Formatting;
using IdJagBroker.Policies.Linting;
using IdJagBroker.Policies.Testing;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Benchmarks.Policies;

/// <summary>
/// Puts inputs that nobody would write through everything that reads policies: parser, diagnostics, formatter and lints. No exception may leave them,
/// none may take longer than a second, and what the formatter makes of a file must mean the same.
/// </summary>
/// <param name="files">Good files: the catalogue first, then rules.</param>
internal sealed class PolicyFuzz(IReadOnlyList<string> files)
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly DateTimeOffset Now = new(2026, 11, 18, 9, 0, 0, TimeSpan.Zero);

    private readonly PolicySource _catalog = Plain("00.yaml", files[0]);
    private readonly PolicySource _rules = Plain("10.yaml", files[1]);

    /// <summary>How many inputs were taken by the parser: a fuzzer whose every input fails at the first letter finds nothing.</summary>
    public int Taken { get; private set; }

    /// <summary>How many inputs the formatter wrote.</summary>
    public int Written { get; private set; }

    /// <summary>The longest time that one took.</summary>
    public TimeSpan Longest { get; private set; }

    /// <summary>Prints what was done; false if an input broke something.</summary>
    /// <param name="count">How many inputs.</param>
    /// <param name="seed">The same seed makes the same inputs.</param>
    /// <param name="directory">The shipped files.</param>
    public static bool Print(int count, int seed, string directory)
    {
        var fuzz = new PolicyFuzz([.. Directory.GetFiles(directory, "*.yaml").Order(StringComparer.Ordinal).Select(File.ReadAllText)]);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            if (fuzz.Try(seed, i) is { } fault)
            {
                Console.WriteLine($"seed {seed}, input {i}: {fault}");
                return false;
            }
            if ((i + 1) % 100_000 is 0) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{i + 1} inputs, {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s"));
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{count} inputs from seed {seed}: {fuzz.Taken} loaded, {fuzz.Written} formatted, longest {fuzz.Longest.TotalMilliseconds:0} ms, {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s"));
        return true;
    }

    /// <summary>What one input breaks; null: nothing.</summary>
    public string? Try(int seed, int number)
    {
        var mutation = new PolicyMutation(new Random(HashCode(seed, number)), files);
        var (bytes, kind) = mutation.Next();
        try
        {
            for (var attempt = 0; ; attempt++)
            {
                var (start, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
                if (Read(bytes, kind) is { } fault) return fault + Shown(bytes);
                // Other processes take time, and other threads of this one processor time: only what is slow by both clocks, three times, is slow.
                var elapsed = Stopwatch.GetElapsedTime(start);
                if (Environment.CpuUsage.TotalTime - cpu is var used && used < elapsed) elapsed = used;
                if (elapsed > Patience && attempt < 2) continue;
                if (elapsed > Longest) Longest = elapsed;
                return elapsed > Patience ? $"took {elapsed.TotalSeconds} s" + Shown(bytes) : null;
            }
        }
        catch (Exception e)
        {
            return e + Shown(bytes);
        }
    }

    private string? Read(byte[] bytes, string kind)
    {
        var problems = new PolicyDiagnostics();
        var file = new PolicyFile("", kind is "Tests" ? "fuzz_test.yaml" : "fuzz.yaml", "policies/fuzz.yaml");
        var source = PolicyFiles.Decode(file, bytes, problems);
        var snapshot = source is null ? null : Parse(source, kind, problems);
        if (snapshot is null != problems.HasErrors) return "a revision with errors, or none without";
        PolicyDiagnosticText.Render(problems.Sorted());
        if (snapshot is not null)
        {
            Taken++;
            PolicyLint.Check(snapshot, Now, new PolicyDiagnostics());
        }
        if (source is null || PolicyFormatter.Format(source).Text is not { } text) return null;
        Written++;
        var again = Parse(new PolicySource(source.Name, source.DisplayName, text), kind, new PolicyDiagnostics());
        return again?.Rules.Length != snapshot?.Rules.Length ? "the formatted file is not what it was" : null;
    }

    // Beside what it needs: rules beside a catalogue, the catalogue beside rules, both beside tests.
    private PolicySnapshot? Parse(PolicySource source, string kind, PolicyDiagnostics problems) => PolicyParser.Parse(
        kind switch { "Catalog" => [source, _rules], "Policy" => [source, _catalog], _ => [source, _catalog, _rules] }, "policies", allowLoopbackHttp: false, problems, new List<TestDocument>());

    private static PolicySource Plain(string name, string file) =>
        new(name, name, string.Join('\n', file.Split('\n').Where(line => !line.TrimStart().StartsWith('#'))));

    // Stable across runs, as HashCode.Combine is not.
    private static int HashCode(int seed, int number) => unchecked((seed * 486187739) + (number * 16777619) + 17);

    private static string Shown(byte[] bytes) => $"\n{Convert.ToBase64String(bytes)}\n{Encoding.UTF8.GetString(bytes)}";
}
