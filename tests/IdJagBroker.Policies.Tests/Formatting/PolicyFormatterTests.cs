using IdJagBroker.Policies.Formatting;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Tests.Policies.Formatting;

/// <summary>One form for everything, comments and meaning as they were.</summary>
public sealed class PolicyFormatterTests
{
    private static Formatted Format(string text) => PolicyFormatter.Format(new PolicySource("x.yaml", "policies/x.yaml", text));

    private static void Becomes(string text, string expected)
    {
        var formatted = Format(text);
        Assert.Equal((expected, null), (formatted.Text, formatted.Fault));
        Assert.Equal(expected, Format(expected).Text);
    }

    [Theory]
    [InlineData("a:    {b:   1,c :  2 ,  d: [ x,y ,z ]}", "a: {b: 1, c: 2, d: [x, y, z]}\n")]
    [InlineData("a: {  }\nb: [ ]", "a: {}\nb: []\n")]
    [InlineData("a: {b: c,}\nd: [e, ]\n", "a: {b: c}\nd: [e]\n")]
    [InlineData("a: {\"b\":'c', d: \"e\"}\n", "a: {\"b\": 'c', d: \"e\"}\n")]
    [InlineData("a: {b, c: d}\n", "a: {b, c: d}\n")]
    [InlineData("a: [b: c, d]\n", "a: [{b: c}, d]\n")]
    [InlineData("a   :   b\n", "a: b\n")]
    [InlineData("? a\n: b\n", "a: b\n")]
    [InlineData("a:\n    b:\n            c: d\n", "a:\n  b:\n    c: d\n")]
    [InlineData("a:\n- b\n-   c\n", "a:\n  - b\n  - c\n")]
    [InlineData("a:\n      - b: 1\n        c: 2\n      -   d: 3\n", "a:\n  - b: 1\n    c: 2\n  - d: 3\n")]
    [InlineData("a:\n  -\n    b: 1\n    c: 2\n", "a:\n  - b: 1\n    c: 2\n")]
    [InlineData("a:\n  - - b\n    - c\n  - - d\n", "a:\n  - - b\n    - c\n  - - d\n")]
    [InlineData("a:\n  -\n  - b\n", "a:\n  -\n  - b\n")]
    [InlineData("a:\nb:\n", "a:\nb:\n")]
    [InlineData("a: b   \n\n\n\n\nc: d\n\n\n", "a: b\n\nc: d\n")]
    [InlineData("\n\na: b", "a: b\n")]
    [InlineData("---\na: b\n", "---\na: b\n")]
    [InlineData("a: b\n---\nc: d\n...\n---\ne: f\n", "a: b\n---\nc: d\n---\ne: f\n")]
    [InlineData("a: b\n...\n# note\nc: d\n", "a: b\n---\n# note\nc: d\n")]
    [InlineData("--- {a: b}\n", "---\na: b\n", true)]
    [InlineData("a:\n  'x\n     y'\n", "a: 'x\n  y'\n")]
    [InlineData("a: x\n      y\n\n      z\n", "a: x\n  y\n\n  z\n")]
    [InlineData("a: >-\n      x\n        y\n\n      z\n\n\nb: c\n", "a: >-\n  x\n    y\n\n  z\n\nb: c\n")]
    [InlineData("a: |   # note\n     x # no note\n", "a: |  # note\n  x # no note\n")]
    [InlineData("a: |+\n    x\n\nb: c\n", "a: |+\n  x\n\nb: c\n")]
    [InlineData("a: \"# no note\"\nb: x#y\nc: 'it''s # that'\n", "a: \"# no note\"\nb: x#y\nc: 'it''s # that'\n")]
    public void Writes_in_one_form(string text, string expected, bool isRoot = false)
    {
        if (isRoot) expected = "---\na: b\n";
        Becomes(text, expected);
    }

    [Theory]
    [InlineData("a: {b: c,\n    d: [e,\n  f]}\n", "a:\n  b: c\n  d:\n    - e\n    - f\n")]
    [InlineData("a: [ # one\n  b, # two\n  # three\n  c # four\n  # five\n] # six\nd: e\n", "a:  # one\n  - b  # two\n  # three\n  - c  # four\n  # five\n# six\nd: e\n")]
    [InlineData("a:\n  - {b: c,\n     # note\n     d: e}\n", "a:\n  - b: c\n    # note\n    d: e\n")]
    [InlineData("a: {\n}\nb: c\n", "a: {}\nb: c\n")]
    public void Makes_blocks_of_brackets_on_several_lines(string text, string expected) => Becomes(text, expected);

    [Theory]
    [InlineData("a: b    # note\n", "a: b  # note\n")]
    [InlineData("a:      # note\n    b: c\n", "a:  # note\n  b: c\n")]
    [InlineData("a: {b: c}      # note\n", "a: {b: c}  # note\n")]
    [InlineData("a: # note\n", "a:  # note\n")]
    [InlineData("#!note\n\n\n\n# two\na: b\n", "#!note\n\n# two\na: b\n")]
    [InlineData("a: b\n# the end\n", "a: b\n# the end\n")]
    [InlineData("a:\n      # of b\n    b: c\n        # of d\n    d: e\n", "a:\n  # of b\n  b: c\n  # of d\n  d: e\n")]
    [InlineData("a:\n    b: c\n    # still a\nd: e\n", "a:\n  b: c\n  # still a\nd: e\n")]
    [InlineData("a:\n    b: c\n# of d\nd: e\n", "a:\n  b: c\n# of d\nd: e\n")]
    [InlineData("a:\n    b: c\n\n    # still a\n\n# of d\nd: e\n", "a:\n  b: c\n\n  # still a\n\n# of d\nd: e\n")]
    [InlineData("a:\n- b\n# of c\n- c\n# of d\nd: e\n", "a:\n  - b\n  # of c\n  - c\n# of d\nd: e\n")]
    [InlineData("a:\n  - b: 1\n    # in b\n  # after b\nc: 2\n", "a:\n  - b: 1\n    # in b\n  # after b\nc: 2\n")]
    [InlineData("a:\n  - # note\n    b: c\n", "a:\n  # note\n  - b: c\n")]
    [InlineData("a:\n  - b\n  - # note\n    c: d\n", "a:\n  - b\n  # note\n  - c: d\n")]
    [InlineData("a: # one\n  b # two\n", "# one\na: b  # two\n")]
    [InlineData("a:\n  # one\n  b\n", "# one\na: b\n")]
    [InlineData("# of the file\n--- # of the document\na: b\n", "# of the file\n---\n# of the document\na: b\n")]
    [InlineData("a: b # one\n# two\n---\n# three\nc: d\n  # four\n", "a: b  # one\n# two\n---\n# three\nc: d\n# four\n")]
    [InlineData("a: 'x\n  y' # note\n", "a: 'x\n  y'  # note\n")]
    [InlineData("a: b #\n", "a: b  #\n")]
    [InlineData("a: b\n#\n#\nc: d\n", "a: b\n#\n#\nc: d\n")]
    public void Keeps_each_comment_where_it_belongs(string text, string expected) => Becomes(text, expected);

    private const string Head = "apiVersion: broker/v1\nkind: Policy\nrules:\n";

    [Fact]
    public void Orders_the_fields_of_a_rule_with_their_comments() => Becomes(
        Head + """
              # of the rule
              - effect: allow    # one
                note: x
                # of id
                id: a
                notify: [x]
                limits: {maxTokenLifetime: 1m}
                emergency: true
                validity: {until: x}
                during: {tz: UTC}
                require:
                  # of dpop
                  dpop: true
                grant: {a: [b]}
                client: {every: true}
                who: {everyone: true}
                why: w
                mode: shadow
                # tail
              - {why: w, effect: deny, unless: {dpop: true}, scopes: [a], target: {tags: {anyOf: [x]}}, id: b}

            """,
        Head + """
              # of the rule
              # of id
              - id: a
                effect: allow  # one
                mode: shadow
                why: w
                who: {everyone: true}
                client: {every: true}
                grant: {a: [b]}
                require:
                  # of dpop
                  dpop: true
                during: {tz: UTC}
                validity: {until: x}
                emergency: true
                limits: {maxTokenLifetime: 1m}
                notify: [x]
                note: x
                # tail
              - {id: b, effect: deny, why: w, target: {tags: {anyOf: [x]}}, scopes: [a], unless: {dpop: true}}

            """);

    [Fact]
    public void Leaves_the_order_of_everything_else() =>
        Becomes("kind: Catalog\napiVersion: x\nrules:\n  - effect: x\n    id: y\n", "kind: Catalog\napiVersion: x\nrules:\n  - effect: x\n    id: y\n");

    [Theory]
    [InlineData("a: [\n", "YamlSyntax")]
    [InlineData("a: 1\na: 2\n", "KeyDuplicate")]
    [InlineData("a: &x 1\n", "YamlAnchor")]
    [InlineData("a:\n\tb: 1\n", "CharacterForbidden")]
    [InlineData("# nothing\n", "FileEmpty")]
    public void Leaves_alone_what_is_not_yaml_as_policies_need_it(string text, string code)
    {
        var formatted = Format(text);
        Assert.Null(formatted.Text);
        Assert.Equal(code, formatted.Diagnostics[0].Code.ToString());
    }

    [Theory]
    [InlineData("- a\n", "each document must be a mapping")]
    [InlineData("--- word\n", "each document must be a mapping")]
    [InlineData("a: b\n---\n\n\n", "each document must be a mapping")]
    [InlineData("a: |2\n    x\n", "it is written in a way that cannot be kept safely; write it more plainly")]      // its two spaces are text
    [InlineData("a: \"x\\ \n  y\"\n", "it is written in a way that cannot be kept safely; write it more plainly")]   // so is this one
    [InlineData("a: |\n  x", "it is written in a way that cannot be kept safely; write it more plainly")]            // a line end would be new
    public void Leaves_alone_what_it_cannot_write_without_changing_it(string text, string fault)
    {
        var formatted = Format(text);
        Assert.Equal((null, fault), (formatted.Text, formatted.Fault));
    }

    [Fact]
    public void Tells_the_same_nodes_from_others()
    {
        static IReadOnlyList<YamlNode> Nodes(string text) => YamlReader.Read(new PolicySource("x", "x", text), new PolicyDiagnostics());
        Assert.True(SameNodes.Are(Nodes("rules: [{a: 1, b: 2}]"), Nodes("rules:\n- b: 2\n  a: 1\n")));
        Assert.False(SameNodes.Are(Nodes("rules: [{a: 1, b: {c: 1, d: 2}}]"), Nodes("rules: [{a: 1, b: {d: 2, c: 1}}]")));
        Assert.False(SameNodes.Are(Nodes("a: {b: 1, c: 2}"), Nodes("a: {c: 2, b: 1}")));
        Assert.False(SameNodes.Are(Nodes("a: 1"), Nodes("a: \"1\"")));
        Assert.False(SameNodes.Are(Nodes("a: [1, 2]"), Nodes("a: [2, 1]")));
        Assert.False(SameNodes.Are(Nodes("a: 1"), Nodes("a: 1\n---\na: 1")));
        Assert.False(SameNodes.Are(Nodes("a: []"), Nodes("a: {}")));
    }

    [Theory]
    [InlineData("a: b # x\n# y\n", "# y\na: b  # x\n", true)]
    [InlineData("a: b # x\n", "a: b\n", false)]
    [InlineData("a: b # x\n", "a: b # x\n# x\n", false)]
    [InlineData("a: b # x\n", "a: b # X\n", false)]
    [InlineData("a: b # x\n", "a: c # x\n", false)]
    [InlineData("a: 'b # x'\n", "a: 'b # x'\n# x\n", false)]
    [InlineData("a: b\n", "a: [\n", false)]
    [InlineData("a: b\na: b\n", "a: b\na: b\n", false)]
    public void Calls_texts_the_same_if_they_say_the_same_and_have_the_same_comments(string one, string other, bool isSame) =>
        Assert.Equal(isSame, PolicyFormatter.IsSame(new PolicySource("x", "x", one), new PolicySource("x", "x", other)));

    [Fact]
    public void Finds_the_shipped_files_in_its_form()
    {
        foreach (var file in Directory.GetFiles(PolicyFolderFixture.Shipped(), "*.yaml"))
        {
            var text = File.ReadAllText(file);
            Assert.Equal(text, Format(text).Text);     // idjag policy fmt
        }
    }

    [Fact]
    public void Changes_nothing_the_second_time_and_keeps_every_comment_whatever_the_first_text_was()
    {
        var random = new Random(20261128);
        string[] texts = [.. Directory.GetFiles(PolicyFolderFixture.Shipped(), "*.yaml").Select(File.ReadAllText), Acme.Catalog, Acme.PolicyHead + Acme.Rule];
        var formatted = 0;
        for (var i = 0; i < Amount.Of(4000); i++)
        {
            var text = texts[i % texts.Length];
            for (var change = random.Next(0, 5); change > 0; change--) text = Change(random, text);
            var once = Format(text);
            Assert.True(once.Text is not null ^ (once.Fault is not null || once.Diagnostics.Count > 0));
            if (once.Text is null) continue;
            formatted++;
            Assert.Equal(once.Text, Format(once.Text).Text);
            Assert.Equal(Comments(text), Comments(once.Text));
            Assert.DoesNotContain(once.Text.Split('\n'), line => line.EndsWith(' '));
            Assert.DoesNotContain("\n\n\n", once.Text, StringComparison.Ordinal);
        }
        Assert.True(formatted >= Amount.AtLeast(2000), $"only {formatted} were formatted");
    }

    // Not as the formatter finds them: in these texts no value holds a '#'.
    private static IEnumerable<string> Comments(string text) => text.Split('\n').Where(line => line.Contains('#')).Select(line => line[line.IndexOf('#')..].TrimEnd()).Order(StringComparer.Ordinal);

    private static string Change(Random random, string text)
    {
        var lines = text.Split('\n').ToList();
        var at = random.Next(lines.Count);
        switch (random.Next(7))
        {
            case 0: lines.Insert(at, ""); break;
            case 1: lines.Insert(at, new string(' ', random.Next(10)) + "# note " + random.Next(1000)); break;
            case 2: lines[at] = lines[at].Contains('#') ? lines[at] : lines[at] + new string(' ', random.Next(1, 5)) + "# end " + random.Next(1000); break;
            case 3: lines[at] = lines[at].Replace(": {", ":\n" + new string(' ', 30) + "{", StringComparison.Ordinal); break;
            case 4: lines[at] = lines[at].Contains('#') ? lines[at] : lines[at].Replace(", ", ",   # part " + random.Next(1000) + "\n" + new string(' ', random.Next(8, 40)), StringComparison.Ordinal); break;
            case 5: lines[at] = lines[at].Replace(", ", "  ,", StringComparison.Ordinal); break;
            default: lines = [.. lines.Select(line => new string(' ', line.Length - line.TrimStart(' ').Length) + line)]; break;      // twice as far
        }
        return string.Join('\n', lines);
    }
}
