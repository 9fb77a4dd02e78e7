using System.Collections.Immutable;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Policies.Testing;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies;

/// <summary>Turns the texts of files into a snapshot, or says all that is wrong with them. No I/O.</summary>
internal static class PolicyParser
{
    /// <summary>The only version there is.</summary>
    public const string ApiVersion = "broker/v1";

    /// <summary>The kinds of documents.</summary>
    public static readonly ImmutableArray<string> Kinds = ["Catalog", "Policy", "Tests"];

    /// <summary>Reads all files, in any order; the errors of all are reported, and a snapshot is made only if there is none.</summary>
    /// <param name="sources">The files.</param>
    /// <param name="directory">As the author knows it, for what is about no single file.</param>
    /// <param name="allowLoopbackHttp">Development only: plain http issuers on a loopback address.</param>
    /// <param name="problems">What is known to be wrong already, and what is found.</param>
    /// <param name="tests">Where the tests go that the files hold; null: they are passed over, whatever is wrong with them.</param>
    public static PolicySnapshot? Parse(
        IReadOnlyList<PolicySource> sources, string directory, bool allowLoopbackHttp, PolicyDiagnostics problems, ICollection<TestDocument>? tests = null)
    {
        List<Document> documents = [.. sources.SelectMany(source => Documents(source, problems))];
        // Where a file cannot be read, what it would have declared is unknown: do not call it missing as well.
        var complete = !problems.HasErrors;
        var catalogs = documents.FindAll(document => document.Kind is "Catalog");
        var policies = documents.FindAll(document => document.Kind is "Policy");
        if (complete && catalogs.Count is 0)
            problems.Error(directory, PolicyDiagnosticCode.CatalogMissing, "there is no document of kind: Catalog");
        if (complete && policies.Count is 0)
            problems.Error(directory, PolicyDiagnosticCode.PolicyMissing, "there is no document of kind: Policy");
        foreach (var second in catalogs.Skip(1))
            problems.Error(second.KindAt, PolicyDiagnosticCode.CatalogDuplicate, $"there is a catalogue already, in {catalogs[0].KindAt.Source.DisplayName}");

        Func<Catalog>? build = null;
        CatalogNames? names = null;
        if (catalogs.Count > 0)
        {
            var parser = new CatalogParser(problems, allowLoopbackHttp);
            parser.Parse(catalogs[0].Fields, out build);
            names = parser.Names;
        }
        var rules = new PolicyDocumentParser(problems, names);
        foreach (var policy in policies) rules.Parse(policy.Fields);
        rules.WarnOfCeiling();
        if (tests is not null)
            foreach (var document in documents.Where(document => document.Kind is "Tests"))
                if (new TestDocumentParser(problems, names, rules.Ids).Parse(document.Fields) is { } read) tests.Add(read);
        return problems.HasErrors ? null : new PolicySnapshot(build!(), rules.Rules, rules.Ceiling, PolicyRevision.Of(sources))
        {
            Sources = [.. sources.Where(source => !source.IsNamedAsTest).OrderBy(source => source.Name, StringComparer.Ordinal)],
        };
    }

    private static IEnumerable<Document> Documents(PolicySource source, PolicyDiagnostics problems)
    {
        var values = new YamlValues(problems);
        foreach (var root in YamlReader.Read(source, problems))
        {
            if (values.Fields(root, "a document") is not { } fields) continue;
            var version = fields.Required("apiVersion");
            var kind = fields.Required("kind");
            if (version is null || kind is null || !IsSupported(version, values, problems) || values.Text(kind, "kind") is not { } word) continue;
            switch (word)
            {
                case "Tests" when source.IsNamedAsTest:
                    yield return new Document(word, kind.At, fields);
                    break;
                case "Tests":
                    problems.Error(kind.At, PolicyDiagnosticCode.KindUnsupported, "tests belong in a file named *_test.yaml or in the folder tests");
                    break;
                case "Catalog" or "Policy" when source.IsNamedAsTest:   // passing it over would drop its deny rules without a word
                    problems.Error(kind.At, PolicyDiagnosticCode.KindUnsupported,
                        $"a file named *_test or in the folder tests holds tests only; rename it, or its {word} counts for nothing");
                    break;
                case "Catalog" or "Policy":
                    yield return new Document(word, kind.At, fields);
                    break;
                default:
                    problems.Unknown(kind.At, PolicyDiagnosticCode.KindUnknown, word,
                        $"is not a kind of document: {string.Join(", ", Kinds)}", Kinds);
                    break;
            }
        }
    }

    private static bool IsSupported(YamlNode version, YamlValues values, PolicyDiagnostics problems)
    {
        if (values.Text(version, "apiVersion") is not { } text) return false;
        if (string.Equals(text, ApiVersion, StringComparison.Ordinal)) return true;
        problems.Error(version.At, PolicyDiagnosticCode.ApiVersionUnsupported,
            $"{PolicyDiagnostics.Quote(text)} is not understood by this version, which knows {ApiVersion}");
        return false;
    }

    private sealed record Document(string Kind, SourceSpan KindAt, YamlFields Fields);
}
