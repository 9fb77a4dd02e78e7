using IdJagBroker.Policies.Commands;
using IdJagBroker.Tests.Policies.Commands;

namespace IdJagBroker.Tests.Policies.Formatting;

/// <summary><c>idjag policy fmt</c>, on a disk.</summary>
public sealed class FmtCommandTests : IDisposable
{
    private const string Good = "a: {b: 1}\n";
    private const string Odd = "a:   {b:  1}\n";

    private readonly PolicyFolderFixture _folder = new PolicyFolderFixture().With("good.yaml", Good).With("team/odd.yml", Odd);

    public void Dispose() => _folder.Dispose();

    private Task<CommandRun> Run(params string[] words) => CommandRun.Of(FmtCommand.Create(), [_folder.Root, .. words]);

    private string Text(string name) => File.ReadAllText(Path.Combine(_folder.Root, name));

    [Fact]
    public async Task Writes_what_is_not_in_the_form_and_names_it()
    {
        Assert.Equal(new CommandRun(0, "policies/team/odd.yml\n", ""), await Run());
        Assert.Equal((Good, Good), (Text("good.yaml"), Text("team/odd.yml")));
        Assert.Equal(new CommandRun(0, "", ""), await Run());
        Assert.Equal(["good.yaml", "team/odd.yml"], Directory.GetFiles(_folder.Root, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(_folder.Root, path)).Order());
    }

    [Fact]
    public async Task Writes_tests_too()
    {
        _folder.With("tests/a.yaml", Odd).With("b_test.yaml", Odd);
        Assert.Equal(new CommandRun(0, "policies/b_test.yaml\npolicies/team/odd.yml\npolicies/tests/a.yaml\n", ""), await Run());
        Assert.Equal((Good, Good), (Text("tests/a.yaml"), Text("b_test.yaml")));
    }

    [Fact]
    public async Task Writes_nothing_when_it_only_checks()
    {
        Assert.Equal(new CommandRun(3, "policies/team/odd.yml\n", ""), await Run("--check"));
        Assert.Equal(Odd, Text("team/odd.yml"));
        await Run();
        Assert.Equal(new CommandRun(0, "", ""), await Run("--check"));
    }

    [Theory]
    [InlineData("\ufeffa: {b: 1}\n")]
    [InlineData("a: {b: 1}\r\n")]
    [InlineData("a: {b: 1}")]
    public async Task Takes_away_a_byte_order_mark_and_windows_line_ends(string text)
    {
        _folder.With("team/odd.yml", text);
        Assert.Equal((3, "policies/team/odd.yml\n"), ((await Run("--check")).Status, (await Run()).Output));
        Assert.Equal(Good.ToCharArray().Select(c => (byte)c), File.ReadAllBytes(Path.Combine(_folder.Root, "team/odd.yml")));
    }

    [Fact]
    public async Task Reports_what_it_cannot_write_leaves_it_and_does_the_rest()
    {
        _folder.With("bad.yaml", "a: [\n").With("list.yaml", "-   a\n").With("latin.yaml", [0x61, 0x3a, 0x20, 0xe9, 0x0a]);
        var run = await Run();
        Assert.Equal((3, "policies/team/odd.yml\n"), (run.Status, run.Output));
        Assert.Contains("policies/bad.yaml:2:1 error YAML_SYNTAX", run.Error, StringComparison.Ordinal);
        Assert.Contains("policies/list.yaml: left as it is: each document must be a mapping\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("policies/latin.yaml error NOT_UTF8", run.Error, StringComparison.Ordinal);
        Assert.Equal(("a: [\n", "-   a\n"), (Text("bad.yaml"), Text("list.yaml")));
    }

    [Fact]
    public async Task Keeps_who_may_read_the_file_and_writes_through_a_link_within()
    {
        var file = Path.Combine(_folder.Root, "team/odd.yml");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        File.CreateSymbolicLink(Path.Combine(_folder.Root, "link.yaml"), "team/odd.yml");
        Assert.Equal(0, (await Run()).Status);
        Assert.Equal((Good, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead), (Text("team/odd.yml"), File.GetUnixFileMode(file)));
        Assert.Equal("team/odd.yml", new FileInfo(Path.Combine(_folder.Root, "link.yaml")).LinkTarget);
    }

    [Fact]
    public async Task Status_3_for_a_directory_that_is_not_there()
    {
        var run = await CommandRun.Of(FmtCommand.Create(), Path.Combine(_folder.Root, "none"));
        Assert.Equal((3, "none error DIRECTORY_MISSING  there is no such directory\n"), (run.Status, run.Error));
    }

    [Fact]
    public async Task Prints_the_schema() => Assert.Equal(IdJagBroker.Policies.Schema.PolicySchema.Text, (await CommandRun.Of(SchemaCommand.Create())).Output);
}
