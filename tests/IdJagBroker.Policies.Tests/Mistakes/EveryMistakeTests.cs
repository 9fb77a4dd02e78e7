using System.Globalization;
using System.Text;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Analysis;
using IdJagBroker.Policies.Testing;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Tests.Policies.Golden;
using IdJagBroker.Tests.Policies.Schema;

namespace IdJagBroker.Tests.Policies.Mistakes;

/// <summary>What a person is told of each small mistake in a file: its place, its code and the sentence.</summary>
public sealed class EveryMistakeTests
{
    // More follows from the same mistake.
    private const int Shown = 4;

    private static (PolicySnapshot? Snapshot, IReadOnlyList<PolicyDiagnostic> Found) Load(string catalog, string rules, string? tests, ICollection<TestDocument>? documents = null)
    {
        var problems = new PolicyDiagnostics();
        PolicySource Source(string name, string text) => new(name, name, text);
        PolicySource[] sources = [Source("catalog", catalog), Source("rules", rules), .. tests is null ? Array.Empty<PolicySource>() : [Source("tests_test.yaml", tests)]];
        var snapshot = PolicyParser.Parse(sources, "policies", allowLoopbackHttp: false, problems, documents ?? []);
        return (snapshot, problems.Sorted());
    }

    [Fact]
    public void There_is_nothing_wrong_with_them_as_they_are()
    {
        var (snapshot, found) = Load(WholeFiles.Catalog, WholeFiles.Rules, WholeFiles.Tests);

        Assert.Equal("", PolicyDiagnosticText.Render(found));
        Assert.NotNull(snapshot);
        Assert.All([WholeFiles.Catalog, WholeFiles.Rules, WholeFiles.Tests], text => Assert.Empty(SchemaCheck.Faults(text)));
    }

    [Fact]
    public void They_are_read_as_they_are_meant()
    {
        var documents = new List<TestDocument>();
        var snapshot = Load(WholeFiles.Catalog, WholeFiles.Rules, WholeFiles.Tests, documents).Snapshot!;

        GoldenFile.Is("read-catalog.txt", Dump.Of(snapshot.Catalog) + string.Concat(snapshot.Catalog.Idps.Values.OrderBy(idp => idp.Alias, StringComparer.Ordinal).Select(idp => $"issuers of {idp.Alias}\n{Dump.Of(IdpIssuers.Of(idp))}")));
        GoldenFile.Is("read-rules.txt", Dump.Of(snapshot.Rules) + string.Concat(snapshot.Rules.Select(rule => $"in words, {rule.Id}: {PeopleText.Of(rule.Who)}; {Terms.Of(rule)}\n")));
        GoldenFile.Is("read-tests.txt", Dump.Of(documents[0]));
    }

    [Theory]
    [InlineData("catalog"), InlineData("rules"), InlineData("tests")]
    public void Each_is_told_at_its_place_and_in_words(string kind) => GoldenFile.Is($"mistakes-{kind}.txt", EveryMistake.In(Whole(kind)).Select(one => Told(one.Change, kind, one.Text)));

    [Fact]
    public void Those_that_take_two_fields_are_told_as_well() => GoldenFile.Is("mistakes-together.txt", MistakesTogether.All.Select(one =>
    {
        Assert.Contains(one.Was, Whole(one.Kind), StringComparison.Ordinal);
        return Told($"{one.Kind}: {one.Was.ReplaceLineEndings("⏎")} → {one.Becomes.ReplaceLineEndings("⏎")}", one.Kind, Whole(one.Kind).Replace(one.Was, one.Becomes, StringComparison.Ordinal));
    }));

    private static string Whole(string kind) => kind switch { "catalog" => WholeFiles.Catalog, "rules" => WholeFiles.Rules, _ => WholeFiles.Tests };

    private static string Told(string change, string kind, string text)
    {
        var (snapshot, found) = kind switch
        {
            "catalog" => Load(text, WholeFiles.Rules, null), "rules" => Load(WholeFiles.CatalogWithoutKeys, text, null), _ => Load(WholeFiles.CatalogWithoutKeys, WholeFiles.Rules, text),
        };
        Assert.True(snapshot is null == found.Any(one => one.Severity is PolicySeverity.Error), change);
        var told = new StringBuilder(change).Append(found.Count is 0 ? ": is taken\n" : "\n");
        foreach (var one in found.Take(Shown))
            told.Append(CultureInfo.InvariantCulture, $"    {one.File}:{one.Line}:{one.Column}+{one.Length} {(one.Severity is PolicySeverity.Error ? "" : "warning ")}{one.Code.Text()}  {one.Message}\n");
        if (found.Count > Shown) told.Append(CultureInfo.InvariantCulture, $"    and {found.Count - Shown} more\n");
        return told.ToString();
    }
}
