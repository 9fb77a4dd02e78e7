using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Commands;

/// <summary>What the documentation says of each code: the page itself, so that the two never differ.</summary>
internal static class DiagnosticReference
{
    private const string Resource = "policy.md";

    private static readonly Lazy<string[]> Rows = new(() =>
    {
        using var stream = typeof(DiagnosticReference).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))];
    });

    /// <summary>Where the page is in the repository, and which part of it.</summary>
    public const string Page = "docs/reference/policy.md#what-can-be-wrong-with-a-file";

    /// <summary>Its address: a name, since every enterprise keeps its documentation elsewhere.</summary>
    public const string Address = "urn:idjag:" + Page;

    /// <summary>The sentence in the table of codes.</summary>
    public static string Meaning(PolicyDiagnosticCode code) =>
        Array.Find(Rows.Value, row => row[..row.LastIndexOf(" | ", StringComparison.Ordinal)].Contains($"`{code.Text()}`", StringComparison.Ordinal)) is { } row
            ? row[(row.LastIndexOf(" | ", StringComparison.Ordinal) + 3)..].TrimEnd(' ', '|') : code.Text();
}
