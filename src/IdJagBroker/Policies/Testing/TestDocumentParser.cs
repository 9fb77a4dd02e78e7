using IdJagBroker.Policies.Analysis;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Testing;

/// <summary>Reads a <c>kind: Tests</c> document. A test that could never say anything is refused: it would look like a check.</summary>
/// <param name="problems">Where faults go.</param>
/// <param name="names">What may be referred to; null if no catalogue could be read, and then references are not checked.</param>
/// <param name="rules">The ids of all rules.</param>
internal sealed class TestDocumentParser(PolicyDiagnostics problems, CatalogNames? names, IReadOnlyCollection<string> rules)
{
    /// <summary>The most tests of one document, and the most invariants.</summary>
    public const int MaxTests = 10_000;

    private readonly YamlValues _values = new(problems);
    private readonly Dictionary<string, SourceSpan> _names = new(StringComparer.Ordinal);

    private WindowParser Times => field ??= new(problems, _values);

    public TestDocument? Parse(YamlFields document)
    {
        Metadata(document.Required("metadata"));
        var now = Times.Instant(document.Optional("now"), "now");
        var people = new TestSubjectParser(problems, _values, names);
        people.Parse(document.Optional("subjects"));
        var (tests, invariants) = (document.Optional("tests"), document.Optional("invariants"));
        if (tests is null && invariants is null) problems.Error(document.At, PolicyDiagnosticCode.FieldMissing, "'tests' or 'invariants' is missing");
        document.End();

        var ask = new TestAskParser(problems, _values, names, people);
        var expect = new TestExpectationParser(problems, _values, names, rules);
        var never = new InvariantParser(problems, _values, names);
        return new TestDocument(
            document.At.Source.DisplayName,
            [.. Entries(tests, "tests", "a test").Select(fields => Test(fields, now, document.Has("now"), ask, expect)).OfType<PolicyTest>()],
            [.. Entries(invariants, "invariants", "an invariant").Select(fields => Invariant(fields, never)).OfType<Invariant>()]);
    }

    private IEnumerable<YamlFields> Entries(YamlNode? node, string section, string what) =>
        node is null ? [] : _values.Items(node, section, MaxTests).Select(item => _values.Fields(item, what)).OfType<YamlFields>();

    private PolicyTest? Test(YamlFields fields, DateTimeOffset? documentNow, bool hasNow, TestAskParser ask, TestExpectationParser expect)
    {
        var name = Name(fields);
        var now = fields.Optional("now") is { } own ? Times.Instant(own, "now") : documentNow;
        if (!hasNow && !fields.Has("now")) problems.Error(fields.At, PolicyDiagnosticCode.FieldMissing, "'now' is missing, here or in the document: a test decides the same on every day");
        var asked = ask.Parse(fields.Required("ask"));
        var expected = expect.Parse(fields.Required("expect"), asked);
        var live = _values.Flag(fields.Optional("live"), "live", false);
        if (live && asked is { Subject.Sub: null }) problems.Error(fields.KeyAt("live"), PolicyDiagnosticCode.FieldMissing, "a live test asks for a person: its subject needs 'sub'");
        fields.End();
        return name is null || now is not { } at || asked is null || expected is null ? null
            : new PolicyTest { Name = name, At = fields.At, Now = at, Ask = asked, Expect = expected, Live = live };
    }

    private Invariant? Invariant(YamlFields fields, InvariantParser parser)
    {
        var name = Name(fields);
        var invariant = parser.Parse(fields, name ?? "?");
        fields.End();
        return name is null ? null : invariant;
    }

    private string? Name(YamlFields fields)
    {
        if (fields.Required("name") is not { } node || _values.Text(node, "name") is not { } name) return null;
        if (_names.TryAdd(name, node.At)) return name;
        problems.Error(node.At, PolicyDiagnosticCode.ValueDuplicate, $"{PolicyDiagnostics.Quote(name)} is already the name on line {_names[name].Line}");
        return null;
    }

    private void Metadata(YamlNode? node)
    {
        if (node is null || _values.Fields(node, "metadata") is not { } fields) return;
        if (fields.Required("name") is { } name) _values.Text(name, "name");
        foreach (var optional in (string[])["owner", "change"])
            if (fields.Optional(optional) is { } text) _values.Text(text, optional);
        fields.End();
    }
}
