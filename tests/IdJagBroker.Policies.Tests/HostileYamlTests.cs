using System.Diagnostics;
using System.Text;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using Xunit;

namespace IdJagBroker.Tests.Policies;

/// <summary>Whatever a file holds: a diagnostic at its place, soon, and never an exception.</summary>
public sealed class HostileYamlTests
{
    private static PolicyLoad Load(byte[] bytes)
    {
        using var folder = new PolicyFolderFixture().With("00.yaml", Acme.Catalog).With("10.yaml", Acme.PolicyHead + Acme.Rule).With("20.yaml", bytes);
        var start = Stopwatch.GetTimestamp();
        var load = folder.Load();
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(1));     // what takes more than linear time would take hours
        return load;
    }

    private static PolicyDiagnostic One(string text, PolicyDiagnosticCode code)
    {
        var load = Load(Encoding.UTF8.GetBytes(text));
        Assert.Null(load.Snapshot);
        Assert.True(load.Diagnostics.Count is 1, PolicyDiagnosticText.Render(load.Diagnostics.Take(5)));
        Assert.Equal(code, load.Diagnostics[0].Code);
        return load.Diagnostics[0];
    }

    [Theory]
    [InlineData("a: &x [1]\n", nameof(PolicyDiagnosticCode.YamlAnchor), 1, 4)]
    [InlineData("a: !x 1\n", nameof(PolicyDiagnosticCode.YamlTag), 1, 4)]
    [InlineData("a: !!str 1\n", nameof(PolicyDiagnosticCode.YamlTag), 1, 4)]
    [InlineData("%YAML 1.1\n---\na: 1\n", nameof(PolicyDiagnosticCode.YamlDirective), 1, 1)]
    [InlineData("%ignored\n", nameof(PolicyDiagnosticCode.YamlDirective), 1, 1)]
    [InlineData("a:\n\tb: 1\n", nameof(PolicyDiagnosticCode.CharacterForbidden), 2, 1)]
    [InlineData("a: 1\0\nb: 2\n", nameof(PolicyDiagnosticCode.CharacterForbidden), 1, 5)]
    [InlineData("# note\u2028effect: deny\n", nameof(PolicyDiagnosticCode.CharacterForbidden), 1, 7)]
    [InlineData("# note\u0085effect: deny\n", nameof(PolicyDiagnosticCode.CharacterForbidden), 1, 7)]
    [InlineData("a: 1 # \u202e x\n", nameof(PolicyDiagnosticCode.CharacterForbidden), 1, 8)]
    [InlineData("# old mac\rb: 2\n", nameof(PolicyDiagnosticCode.CharacterForbidden), 1, 10)]
    [InlineData("a: \u200b1\n", nameof(PolicyDiagnosticCode.CharacterForbidden), 1, 4)]
    [InlineData("a: [1, 2\nb: 3\n", nameof(PolicyDiagnosticCode.YamlSyntax), 1, 5)]
    [InlineData("a: \"b\n", nameof(PolicyDiagnosticCode.YamlSyntax), 1, 4)]
    [InlineData("a: 1\n b: 2\n", nameof(PolicyDiagnosticCode.YamlSyntax), 2, 3)]
    [InlineData("a: \"\\UFFFFFFFF\"\n", nameof(PolicyDiagnosticCode.YamlSyntax), 1, 1)]
    [InlineData("a: \"\\uD800\"\n", nameof(PolicyDiagnosticCode.YamlSyntax), 1, 4)]
    [InlineData("}\n", nameof(PolicyDiagnosticCode.YamlSyntax), 1, 1)]
    [InlineData("# nothing\n", nameof(PolicyDiagnosticCode.FileEmpty), 1, 1)]
    [InlineData("word\n", nameof(PolicyDiagnosticCode.TypeWrong), 1, 1)]
    [InlineData("[]\n", nameof(PolicyDiagnosticCode.TypeWrong), 1, 1)]
    public void Refuses_at_its_place(string text, string code, int line, int column)
    {
        var load = Load(Encoding.UTF8.GetBytes(text));
        Assert.Null(load.Snapshot);
        Assert.Contains((code, line, column), load.Diagnostics.Select(found => (found.Code.ToString(), found.Line, found.Column)));
    }

    [Fact]
    public void Refuses_the_billion_laughs()
    {
        var laughs = new StringBuilder("a0: &a0 [x, x, x]\n");
        for (var i = 1; i < 20; i++) laughs.Append($"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]\n");
        var load = Load(Encoding.UTF8.GetBytes(laughs.ToString()));
        Assert.Null(load.Snapshot);
        Assert.Equal(20 + (19 * 3), load.Diagnostics.Count(found => found.Code is PolicyDiagnosticCode.YamlAnchor));
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    [InlineData("? ")]
    [InlineData("[\n")]
    public void Refuses_a_hundred_thousand_levels(string level) =>
        One(string.Concat(Enumerable.Repeat(level, Amount.Of(100_000))), PolicyDiagnosticCode.YamlTooDeep);

    [Theory]
    [InlineData("a: \"", "\\")]
    [InlineData("", "a:")]
    [InlineData("{", "?")]
    [InlineData("[", ",")]
    [InlineData("", "&a ")]
    [InlineData("", "'\n")]
    [InlineData("", "k: {")]
    [InlineData("a: |\n", " x\n")]
    [InlineData("a:\n", " - - -\n")]
    public void Ends_quickly_with_a_diagnostic_on_a_mebibyte_of(string start, string piece)
    {
        var text = start + string.Concat(Enumerable.Repeat(piece, Amount.Of(PolicySource.MaxBytes - 10) / piece.Length));
        var load = Load(Encoding.UTF8.GetBytes(text));
        Assert.Null(load.Snapshot);
        Assert.NotEmpty(load.Diagnostics);
    }

    [Fact]
    public void Lists_at_most_a_hundred_problems_of_a_file()
    {
        var text = Acme.PolicyHead + Acme.Rule.Replace("eng-read", "other", StringComparison.Ordinal)
            + string.Concat(Enumerable.Range(0, Amount.Of(50_000)).Select(i => $"    clint{i}: 1\n"));
        var load = Load(Encoding.UTF8.GetBytes(text));
        Assert.Null(load.Snapshot);
        Assert.Equal(PolicyDiagnostics.MaxPerFile + 1, load.Diagnostics.Count);
        Assert.Single(load.Diagnostics, found => found.Code is PolicyDiagnosticCode.TooManyProblems);
    }

    [Theory]
    [InlineData(new byte[] { (byte)'a', (byte)'\n', 0xff })]
    [InlineData(new byte[] { (byte)'a', (byte)'\n', 0xc0, 0x80 })]           // overlong NUL
    [InlineData(new byte[] { (byte)'a', (byte)'\n', 0xed, 0xa0, 0x80 })]     // a surrogate
    [InlineData(new byte[] { (byte)'a', (byte)'\n', 0xe2, 0x82 })]           // cut short
    [InlineData(new byte[] { (byte)'a', (byte)'\n', 0xfe, 0xff, 0, (byte)'a' })]
    public void Refuses_what_is_not_utf8(byte[] bytes)
    {
        var found = Assert.Single(Load(bytes).Diagnostics);
        Assert.Equal((PolicyDiagnosticCode.NotUtf8, "line 2 is not UTF-8"), (found.Code, found.Message));
    }

    [Fact]
    public void Takes_a_byte_order_mark_and_windows_line_ends_for_nothing()
    {
        using var unix = new PolicyFolderFixture().With("00.yaml", Acme.Catalog).With("10.yaml", Acme.PolicyHead + Acme.Rule);
        using var windows = new PolicyFolderFixture().With("00.yaml", "\ufeff" + Acme.Catalog.Replace("\n", "\r\n", StringComparison.Ordinal))
            .With("10.yaml", (Acme.PolicyHead + Acme.Rule).Replace("\n", "\r\n", StringComparison.Ordinal));
        Assert.NotNull(windows.Load().Snapshot);
        Assert.Equal(unix.Load().Snapshot!.Revision, windows.Load().Snapshot!.Revision);
        Assert.Equal(PolicyDiagnosticCode.CharacterForbidden, One("\ufeff\ufeffa: 1\n", PolicyDiagnosticCode.CharacterForbidden).Code);
    }

    [Fact]
    public void Never_throws_on_any_piece_or_mutation_of_a_good_file()
    {
        var random = new Random(20261121);
        var good = Acme.Catalog + "---\n" + Acme.PolicyHead + Acme.Rule;
        const string alphabet = "{}[]:,-?&*!|>'\"%@`#\\ \n\t~<=ab01\u0131";
        for (var i = 0; i < Amount.Of(1000); i++)
        {
            var text = new StringBuilder(good);
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                var at = random.Next(text.Length);
                if (random.Next(3) is 0) text.Remove(at, random.Next(1, Math.Min(20, text.Length - at) + 1));
                else text.Insert(at, alphabet[random.Next(alphabet.Length)]);
            }
            var load = Acme.Load(("all.yaml", text.ToString()));
            Assert.Equal(load.Snapshot is null, load.Diagnostics.Any(found => found.Severity is PolicySeverity.Error));
            PolicyDiagnosticText.Render(load.Diagnostics);
        }
    }
}
