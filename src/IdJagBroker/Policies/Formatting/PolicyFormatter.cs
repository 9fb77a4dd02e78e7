using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Formatting;

/// <summary>What became of a file.</summary>
/// <param name="Text">In the one form; null: it is to be left as it is.</param>
/// <param name="Diagnostics">Why, if it is not YAML as policies need it.</param>
/// <param name="Fault">Why, in any other case.</param>
internal sealed record Formatted(string? Text, IReadOnlyList<PolicyDiagnostic> Diagnostics, string? Fault);

/// <summary>
/// Writes a file of policies in one form, whoever wrote it, so that a difference between two revisions is a difference in what they say. Comments and the
/// spelling of values stay. The result is read again before it is given out: a formatter must not change who gets what.
/// </summary>
internal static class PolicyFormatter
{
    public static Formatted Format(PolicySource source)
    {
        var problems = new PolicyDiagnostics();
        YamlReader.Read(source, problems);
        if (problems.HasErrors) return new Formatted(null, problems.Sorted(), null);
        if (Write(source.Text) is not { } text) return new Formatted(null, [], "each document must be a mapping");
        return IsSame(source, new PolicySource(source.Name, source.DisplayName, text)) && Write(text) == text
            ? new Formatted(text, [], null)
            : new Formatted(null, [], "it is written in a way that cannot be kept safely; write it more plainly");
    }

    /// <summary>Whether two texts say the same and have the same comments. False if one of them is no YAML.</summary>
    public static bool IsSame(PolicySource one, PolicySource other)
    {
        var problems = new PolicyDiagnostics();
        return SameNodes.Are(YamlReader.Read(one, problems), YamlReader.Read(other, problems)) && !problems.HasErrors
            && Comments(one.Text).SequenceEqual(Comments(other.Text), StringComparer.Ordinal);
    }

    private static string? Write(string text)
    {
        var (documents, scalars) = LayoutReader.Read(text);
        if (documents is null) return null;
        var rest = CommentPlacer.Place(documents, TriviaReader.Read(text, scalars));
        foreach (var document in documents) RuleOrder.Apply(document.Root);
        return LayoutWriter.Write(documents, rest);
    }

    // In any order: with the fields of a rule their comments move.
    private static IEnumerable<string> Comments(string text) =>
        TriviaReader.Read(text, LayoutReader.Read(text).Scalars).Select(one => one.Text).OfType<string>().Order(StringComparer.Ordinal);
}
