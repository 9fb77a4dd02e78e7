using System.CommandLine;
using System.Text.Json.Nodes;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Commands;
using IdJagBroker.Tests.Policies.Testing;

namespace IdJagBroker.Tests.Policies.Commands;

/// <summary><c>idjag policy test</c>, from the files on a disk to the exit status.</summary>
public sealed class TestCommandTests : IDisposable
{
    private readonly PolicyFolderFixture _folder = new PolicyFolderFixture()
        .With("00.yaml", TestTexts.Catalog).With("10.yaml", Acme.PolicyHead + TestTexts.Rules).With("a_test.yaml", TestTexts.Document(TestTexts.Test, TestTexts.Invariant));

    public void Dispose() => _folder.Dispose();

    private (int Status, string Output, string Error) Run(params string[] words)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var status = PolicyCommand.Create().Parse(["test", _folder.Root, .. words]).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = error });
        return (status, output.ToString(), error.ToString());
    }

    [Fact]
    public void Status_0_if_all_is_well()
    {
        var (status, output, error) = Run();
        Assert.Equal((0, ""), (status, error));
        Assert.StartsWith("policies/a_test.yaml\n  ✓ reads\n  ✓ sealed  (", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public void Status_4_if_a_test_fails()
    {
        _folder.With("b_test.yml", TestTexts.Document(TestTexts.Test.Replace("allow", "deny", StringComparison.Ordinal)));
        var (status, output, _) = Run();
        Assert.Equal(4, status);
        Assert.Contains("policies/b_test.yml\n  ✗ reads  (policies/b_test.yml:10)\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Status_4_if_an_invariant_is_violated()
    {
        _folder.With("b_test.yaml", TestTexts.Document("", TestTexts.Invariant.Replace("*:write", "*:read", StringComparison.Ordinal)));
        Assert.Equal(4, Run().Status);
        Assert.Equal(0, Run("--run", "reads").Status);
    }

    [Fact]
    public void Status_4_if_too_few_rules_are_covered()
    {
        Assert.Equal(0, Run("--min-coverage", "33").Status);
        var (status, output, _) = Run("--min-coverage", "34");
        Assert.Equal(4, status);
        Assert.Contains("1 of 3 rules are covered, which is less than 34 %", output, StringComparison.Ordinal);
        Assert.Contains("  ✗ try-deny  (10.yaml:14)\n", Run("--coverage").Output, StringComparison.Ordinal);
        Assert.Equal((1, 4, 0, 1), (Run("--min-coverage", "101").Status, Run("--min-coverage", "100").Status, Run("--min-coverage", "0").Status, Run("--min-coverage", "-1").Status));
    }

    [Fact]
    public void Status_4_if_there_is_nothing_to_run()
    {
        Assert.Contains("has 'writes' in its name", Run("--run", "writes").Output, StringComparison.Ordinal);
        Assert.Equal(4, Run("--run", "writes").Status);
        File.Delete(Path.Combine(_folder.Root, "a_test.yaml"));
        var (status, output, _) = Run();
        Assert.Equal(4, status);
        Assert.StartsWith("✗ there are no tests\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a_test.yaml", "subject: ana", "subject: anna", "policies/a_test.yaml:10:34 error SUBJECT_UNKNOWN  'anna' is not in this document's 'subjects' (did you mean 'ana'?)\n    10 | ")]
    [InlineData("10.yaml", "[eng]", "[egn]", "policies/10.yaml:8:28 error GROUP_UNKNOWN")]
    public void Status_3_if_a_file_has_an_error(string file, string was, string becomes, string expected)
    {
        _folder.With(file, File.ReadAllText(Path.Combine(_folder.Root, file)).Replace(was, becomes, StringComparison.Ordinal));
        var (status, output, error) = Run();
        Assert.Equal((3, ""), (status, output));
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
        Assert.Equal(3, Run("--output", "json").Status);
        Assert.Equal("invalid", (string?)JsonNode.Parse(Run("--output", "json").Output)!["outcome"]);
    }

    [Fact]
    public void Status_3_if_there_is_no_directory() =>
        Assert.Equal(3, PolicyCommand.Create().Parse(["test", _folder.Outside("nothing")]).Invoke(new InvocationConfiguration { Error = TextWriter.Null, Output = TextWriter.Null }));

    [Theory]
    [InlineData("json", "{"), InlineData("junit", "<?xml"), InlineData("sarif", "{\n  \"$schema\""), InlineData("tree", "policies/")]
    public void Writes_each_output(string output, string start) => Assert.StartsWith(start, Run("--output", output).Output, StringComparison.Ordinal);

    [Fact]
    public void Reads_folders_of_tests_for_tests_only()
    {
        var revision = _folder.Load().Snapshot!.Revision;
        _folder.With("tests/more.yaml", TestTexts.Document(TestTexts.Test.Replace("reads", "more", StringComparison.Ordinal))).With("team/tests/deep/even.yml", TestTexts.Document(TestTexts.Test.Replace("reads", "deep", StringComparison.Ordinal)));
        var load = PolicyFiles.LoadTests(_folder.Root, allowLoopbackHttp: false);
        Assert.Equal(["policies/a_test.yaml", "policies/team/tests/deep/even.yml", "policies/tests/more.yaml"], load.Documents.Select(document => document.File));
        Assert.Equal((revision, revision), (load.Snapshot!.Revision, _folder.Load().Snapshot!.Revision));
        Assert.Equal(["00.yaml", "10.yaml"], load.Snapshot.Sources.Select(source => source.Name));
        Assert.Equal((3, 0), (Run().Output.Split('\n').Count(line => line.StartsWith("policies/", StringComparison.Ordinal)), Run().Status));
    }

    [Fact]
    public void A_broken_test_stops_the_tests_and_not_the_broker()
    {
        _folder.With("tests/more.yaml", "kind: [").With("b_test.yaml", TestTexts.Document().Replace("subject: ana", "subject: anna", StringComparison.Ordinal));
        Assert.NotNull(_folder.Load().Snapshot);
        Assert.Equal(3, Run().Status);
    }

    [Theory]
    [InlineData("tests/10.yaml"), InlineData("tests/sub/10.yaml")]
    public void Refuses_rules_in_a_folder_of_tests(string name)
    {
        _folder.With(name, Acme.PolicyHead + Acme.Rule);
        var (status, _, error) = Run();
        Assert.Equal(3, status);
        Assert.StartsWith($"policies/{name}:2:7 error KIND_UNSUPPORTED", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Takes_as_many_files_of_tests_as_of_policies()
    {
        for (var i = 0; i < PolicyFiles.MaxFiles; i++) _folder.With($"tests/t{i}.yaml", TestTexts.Document());
        Assert.Equal(0, Run().Status);
        _folder.With("tests/one-more.yaml", TestTexts.Document());
        var (status, _, error) = Run();
        Assert.Equal(3, status);
        Assert.StartsWith("policies error TOO_MANY_FILES  there are more than 64 files of tests", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_a_thousand_tests_without_a_word_in_between()
    {
        _folder.With("b_test.yaml", TestTexts.Document(string.Concat(Enumerable.Range(0, 1000).Select(i => TestTexts.Test.Replace("reads", $"reads {i}", StringComparison.Ordinal)))));
        var (status, output, _) = Run();
        Assert.Equal(0, status);
        Assert.Contains("1001 of 1001 tests passed", output, StringComparison.Ordinal);
    }
}
