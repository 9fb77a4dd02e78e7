using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using Xunit;

namespace IdJagBroker.Tests.Policies;

public sealed class PolicyFilesTests : IDisposable
{
    private readonly PolicyFolderFixture _folder = new PolicyFolderFixture().With("00.yaml", Acme.Catalog).With("10.yaml", Acme.PolicyHead + Acme.Rule);

    public void Dispose() => _folder.Dispose();

    private static string Rule(string id) => Acme.PolicyHead + Acme.Rule.Replace("eng-read", id, StringComparison.Ordinal);

    private void RefusesWith(PolicyDiagnosticCode code, string file)
    {
        var load = _folder.Load();
        Assert.Null(load.Snapshot);
        Assert.True(load.Diagnostics.Count is 1, PolicyDiagnosticText.Render(load.Diagnostics.Take(5)));
        Assert.Equal((code, file), (load.Diagnostics[0].Code, load.Diagnostics[0].File));
    }

    private string[] Loaded()
    {
        var load = _folder.Load();
        Assert.Equal("", PolicyDiagnosticText.Render(load.Diagnostics));
        return [.. load.Snapshot!.Rules.Select(rule => $"{rule.File}/{rule.Id}")];
    }

    [Fact]
    public void Reads_yaml_and_yml_in_subfolders_and_nothing_else()
    {
        _folder.With("team/a.yml", Rule("sub")).With("team/README.md", "x: [").With("notes.txt", "x: [").With("a.yaml.bak", "x: [").With(".hidden.yaml", "x: [").With(".git/x.yaml", "x: [");
        Assert.Equal(["10.yaml/eng-read", "team/a.yml/sub"], Loaded());
    }

    [Fact]
    public void Passes_over_tests_where_tests_belong()
    {
        _folder.With("tests/whatever.yaml", "x: [").With("acme_test.yaml", "apiVersion: broker/v1\nkind: Tests\nmetadata: {name: acme}\nnow: x\n");
        Assert.Equal(["10.yaml/eng-read"], Loaded());
    }

    [Fact]
    public void Refuses_a_policy_that_is_named_like_a_test()
    {
        _folder.With("more_test.yaml", Rule("lost"));
        RefusesWith(PolicyDiagnosticCode.KindUnsupported, "policies/more_test.yaml");
    }

    [Fact]
    public void Refuses_a_file_over_a_mebibyte_and_takes_one_of_exactly_that()
    {
        var start = Rule("big") + "# ";
        _folder.With("20.yaml", start + new string('x', PolicySource.MaxBytes - start.Length));
        Assert.Equal(["10.yaml/eng-read", "20.yaml/big"], Loaded().Order(StringComparer.Ordinal));
        _folder.With("20.yaml", start + new string('x', (2 * PolicySource.MaxBytes) - start.Length));
        RefusesWith(PolicyDiagnosticCode.FileTooLarge, "policies/20.yaml");
        _folder.With("20.yaml", start + new string('x', PolicySource.MaxBytes + 1 - start.Length));
        RefusesWith(PolicyDiagnosticCode.FileTooLarge, "policies/20.yaml");
        _folder.With("20.yaml", new byte[10 * PolicySource.MaxBytes]);
        RefusesWith(PolicyDiagnosticCode.FileTooLarge, "policies/20.yaml");
    }

    [Fact]
    public void Refuses_more_than_sixty_four_files()
    {
        for (var i = 2; i < PolicyFiles.MaxFiles; i++) _folder.With($"r{i}.yaml", Rule($"r{i}"));
        Assert.Equal(63, Loaded().Length);
        _folder.With("one-more.yaml", Rule("more"));
        RefusesWith(PolicyDiagnosticCode.TooManyFiles, "policies");
    }

    [Fact]
    public void Refuses_an_empty_file_and_a_directory_that_is_not_there()
    {
        _folder.With("20.yaml", "");
        RefusesWith(PolicyDiagnosticCode.FileEmpty, "policies/20.yaml");
        var load = PolicyFiles.Load(_folder.Outside("nothing"), allowLoopbackHttp: false);
        Assert.Equal([PolicyDiagnosticCode.DirectoryMissing], load.Diagnostics.Select(found => found.Code));
    }

    [Fact]
    public void Says_that_an_empty_directory_has_no_catalogue_and_no_policy()
    {
        using var empty = new PolicyFolderFixture();
        Assert.Equal([PolicyDiagnosticCode.CatalogMissing, PolicyDiagnosticCode.PolicyMissing], empty.Load().Diagnostics.Select(found => found.Code));
    }

    [Theory]
    [InlineData("secret.yaml", "20.yaml")]
    [InlineData("gone.yaml", "20.yaml")]
    public void Refuses_a_link_that_leads_out_or_nowhere_and_shows_nothing_of_it(string target, string link)
    {
        File.WriteAllText(_folder.Outside("secret.yaml"), "top: secret\n");
        File.CreateSymbolicLink(Path.Combine(_folder.Root, link), _folder.Outside(target));
        RefusesWith(PolicyDiagnosticCode.LinkRefused, "policies/" + link);
        Assert.DoesNotContain("secret", PolicyDiagnosticText.Render(_folder.Load().Diagnostics), StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_link_that_leads_out_by_way_of_a_hidden_folder()
    {
        File.WriteAllText(_folder.Outside("secret.yaml"), "top: secret\n");
        Directory.CreateSymbolicLink(Path.Combine(_folder.Root, ".out"), _folder.Outside("."));
        File.CreateSymbolicLink(Path.Combine(_folder.Root, "20.yaml"), ".out/secret.yaml");
        RefusesWith(PolicyDiagnosticCode.LinkRefused, "policies/20.yaml");
    }

    [Fact]
    public void Refuses_a_folder_that_is_a_link_and_a_circle()
    {
        Directory.CreateSymbolicLink(Path.Combine(_folder.Root, "loop"), _folder.Root);
        RefusesWith(PolicyDiagnosticCode.LinkRefused, "policies/loop");
        Directory.Delete(Path.Combine(_folder.Root, "loop"));
        File.CreateSymbolicLink(Path.Combine(_folder.Root, "a.yaml"), "a.yaml");
        RefusesWith(PolicyDiagnosticCode.LinkRefused, "policies/a.yaml");
    }

    [Fact]
    public void Refuses_a_name_that_steers_a_terminal_and_does_not_print_it()
    {
        _folder.With("a\u001b[2J.yaml", Rule("x"));
        var load = _folder.Load();
        Assert.Equal(PolicyDiagnosticCode.FileNameInvalid, Assert.Single(load.Diagnostics).Code);
        Assert.DoesNotContain('\u001b', PolicyDiagnosticText.Render(load.Diagnostics));
    }

    [Fact]
    public void Reads_a_kubernetes_mount()
    {
        using var mount = new PolicyFolderFixture().With("..2026_11_21/00.yaml", Acme.Catalog).With("..2026_11_21/10.yaml", Rule("k8s"));
        Directory.CreateSymbolicLink(Path.Combine(mount.Root, "..data"), "..2026_11_21");
        foreach (var name in (string[])["00.yaml", "10.yaml"]) File.CreateSymbolicLink(Path.Combine(mount.Root, name), "..data/" + name);
        Assert.Equal(["k8s"], mount.Load().Snapshot!.Rules.Select(rule => rule.Id));
    }

    [Fact]
    public void Names_a_revision_by_names_and_content()
    {
        var first = _folder.Load().Snapshot!.Revision;
        Assert.Matches("^sha256:[0-9a-f]{64}$", first);
        Assert.Equal(first, _folder.Load().Snapshot!.Revision);
        _folder.With("acme_test.yaml", "apiVersion: broker/v1\nkind: Tests\n");
        Assert.Equal(first, _folder.Load().Snapshot!.Revision);
        _folder.With("10.yaml", Acme.PolicyHead + Acme.Rule + "# a comment\n");
        var commented = _folder.Load().Snapshot!.Revision;
        Assert.NotEqual(first, commented);
        File.Move(Path.Combine(_folder.Root, "10.yaml"), Path.Combine(_folder.Root, "11.yaml"));
        Assert.NotEqual(commented, _folder.Load().Snapshot!.Revision);
    }
}
