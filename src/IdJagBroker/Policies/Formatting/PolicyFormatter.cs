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
        var before = YamlReader.Read(source, problems);
        if (problems.HasErrors) return new Formatted(null, problems.Sorted(), null);
        if (Write(source.Text) is not { } once) return new Formatted(null, [], "each document must be a mapping");
        var after = new PolicySource(source.Name, source.DisplayName, once.Text);
        var isSafe = SameNodes.Are(before, YamlReader.Read(after, problems)) && !problems.HasErrors
            && Write(once.Text) is { } twice && twice.Text == once.Text && once.Comments.SequenceEqual(twice.Comments, StringComparer.Ordinal);
        return isSafe ? new Formatted(once.Text, [], null) : new Formatted(null, [], "it is written in a way that cannot be kept safely; write it more plainly");
    }

    private static (string Text, List<string> Comments)? Write(string text)
    {
        var (documents, scalars) = LayoutReader.Read(text);
        if (documents is null) return null;
        var trivia = TriviaReader.Read(text, scalars);
        var rest = CommentPlacer.Place(documents, trivia);
        foreach (var document in documents) RuleOrder.Apply(document.Root);
        return (LayoutWriter.Write(documents, rest), [.. trivia.Select(one => one.Text).OfType<string>().Order(StringComparer.Ordinal)]);
    }
}
