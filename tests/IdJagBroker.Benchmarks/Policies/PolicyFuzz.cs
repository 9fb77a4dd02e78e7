using System.Diagnostics;
using System.Globalization;
using System.Text;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Formatting;
using IdJagBroker.Policies.Linting;
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
        var (bytes, withCatalog) = mutation.Next();
        try
        {
            for (var attempt = 0; ; attempt++)
            {
                var start = Stopwatch.GetTimestamp();
                if (Read(bytes, withCatalog) is { } fault) return fault + Shown(bytes);
                var elapsed = Stopwatch.GetElapsedTime(start);
                // Another process may have had the machine: only what is slow three times is slow.
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

    private string? Read(byte[] bytes, bool withCatalog)
    {
        var problems = new PolicyDiagnostics();
        var snapshot = PolicyFiles.Decode(new PolicyFile("", "fuzz.yaml", "policies/fuzz.yaml"), bytes, problems) is { } source ? Parse(source, withCatalog, problems) : null;
        if (snapshot is null != problems.HasErrors) return "a revision with errors, or none without";
        PolicyDiagnosticText.Render(problems.Sorted());
        if (snapshot is not null) PolicyLint.Check(snapshot, Now, new PolicyDiagnostics());
        return Format(bytes, withCatalog, snapshot);
    }

    private string? Format(byte[] bytes, bool withCatalog, PolicySnapshot? snapshot)
    {
        if (PolicyFiles.Decode(new PolicyFile("", "fuzz.yaml", "policies/fuzz.yaml"), bytes, new PolicyDiagnostics()) is not { } source) return null;
        if (PolicyFormatter.Format(source).Text is not { } text) return null;
        var formatted = Parse(new PolicySource("fuzz.yaml", "policies/fuzz.yaml", text), withCatalog, new PolicyDiagnostics());
        Written++;
        if (snapshot is not null) Taken++;
        return formatted?.Rules.Length != snapshot?.Rules.Length ? "the formatted file is not what it was" : null;
    }

    private PolicySnapshot? Parse(PolicySource source, bool withCatalog, PolicyDiagnostics problems)
    {
        List<PolicySource> sources = [source, withCatalog ? new PolicySource("00-catalog.yaml", "policies/00-catalog.yaml", files[0]) : new PolicySource("10.yaml", "policies/10.yaml", files[1])];
        return PolicyParser.Parse(sources, "policies", allowLoopbackHttp: false, problems);
    }

    // Stable across runs, as HashCode.Combine is not.
    private static int HashCode(int seed, int number) => unchecked((seed * 486187739) + (number * 16777619) + 17);

    private static string Shown(byte[] bytes) => $"\n{Convert.ToBase64String(bytes)}\n{Encoding.UTF8.GetString(bytes)}";
}
