using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace IdJagBroker.Policies.Yaml;

/// <summary>
/// YAML 1.2 as far as policies need it: no anchors or aliases (the billion laughs), no tags, no directives, no repeated keys, at most
/// <see cref="MaxDepth"/> deep. Reads parser events, so nothing in a file names a type and no object is made but ours.
/// </summary>
internal sealed class YamlReader
{
    /// <summary>Deeper than any document of ours.</summary>
    public const int MaxDepth = 32;

    private readonly PolicySource _source;
    private readonly PolicyDiagnostics _problems;
    private readonly Parser _parser;
    private int _depth;

    private YamlReader(PolicySource source, PolicyDiagnostics problems) =>
        (_source, _problems, _parser) = (source, problems, new Parser(new Scanner(new StringReader(source.Text), skipComments: true)));

    /// <summary>The documents of a file; after a syntax error those before it. Never throws on what a file holds.</summary>
    public static IReadOnlyList<YamlNode> Read(PolicySource source, PolicyDiagnostics problems)
    {
        if (!YamlText.Check(source, problems)) return [];
        var documents = new List<YamlNode>();
        var reader = new YamlReader(source, problems);
        try
        {
            while (reader.Next() is { } parsed)
                if (parsed is DocumentStart) documents.Add(reader.ReadNode(reader.Expect()));
            if (documents.Count is 0) problems.Error(source.Span(1, 1, 1), PolicyDiagnosticCode.FileEmpty, "there is no document in this file");
        }
        catch (YamlException e)
        {
            var (start, end) = (e.Start.Line > 0 ? e.Start : reader.Here, e.End);
            var length = start.Line == end.Line ? (int)Math.Min(end.Column - start.Column, 80) : 1;
            problems.Error(reader.Span(start, length), PolicyDiagnosticCode.YamlSyntax, Sentence(e));
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException or IndexOutOfRangeException)
        {
            // The parser has no better word for some broken inputs, an unclosed bracket among them.
            problems.Error(reader.Span(reader.Here, 1), PolicyDiagnosticCode.YamlSyntax,
                "the text after this is not YAML: is a bracket or a quote left open?");
        }
        catch (TooDeep)
        {
            problems.Error(reader.Span(reader.Here, 1), PolicyDiagnosticCode.YamlTooDeep, $"nested more than {MaxDepth} deep");
        }
        return documents;
    }

    private Mark Here => _parser.Current?.Start ?? Mark.Empty;

    private ParsingEvent? Next() => _parser.MoveNext() ? _parser.Current : null;

    private ParsingEvent Expect() => Next() ?? throw new YamlException(Here, Here, "the document ends too early");

    private YamlNode ReadNode(ParsingEvent parsed)
    {
        if (parsed is AnchorAlias)
        {
            _problems.Error(SpanOf(parsed), PolicyDiagnosticCode.YamlAnchor, "aliases are not allowed; write the value out");
            return new YamlRefused(SpanOf(parsed));
        }
        if (parsed is NodeEvent { Anchor.IsEmpty: false })
            _problems.Error(SpanOf(parsed), PolicyDiagnosticCode.YamlAnchor, "anchors are not allowed");
        if (parsed is NodeEvent { Tag.IsEmpty: false })
            _problems.Error(SpanOf(parsed), PolicyDiagnosticCode.YamlTag, "tags are not allowed");
        return parsed switch
        {
            Scalar scalar => new YamlScalar(SpanOf(scalar), scalar.Value, scalar.Style is ScalarStyle.Plain),
            SequenceStart start => Nested(start, ReadSequence),
            MappingStart start => Nested(start, ReadMap),
            _ => throw new YamlException(parsed.Start, parsed.End, "a value is missing here"),
        };
    }

    private YamlNode Nested(ParsingEvent start, Func<SourceSpan, YamlNode> read)
    {
        if (++_depth > MaxDepth) throw new TooDeep();
        var node = read(Span(start.Start, 1));
        _depth--;
        return node;
    }

    private YamlSequence ReadSequence(SourceSpan at)
    {
        var items = new List<YamlNode>();
        while (Expect() is var parsed and not SequenceEnd) items.Add(ReadNode(parsed));
        return new YamlSequence(at, items);
    }

    private YamlMap ReadMap(SourceSpan at)
    {
        var entries = new List<YamlEntry>();
        var keys = new Dictionary<string, int>(StringComparer.Ordinal);
        while (Expect() is var parsed and not MappingEnd)
        {
            var key = ReadNode(parsed);
            var value = ReadNode(Expect());
            if (key is not YamlScalar name)
            {
                if (key is not YamlRefused) _problems.Error(key.At, PolicyDiagnosticCode.TypeWrong, "a key must be text");
            }
            else if (name.Value.Length > YamlValues.MaxTextChars || name.Value.Any(YamlText.IsForbidden))
            {
                _problems.Error(name.At, PolicyDiagnosticCode.CharacterForbidden,
                    $"a key must be at most {YamlValues.MaxTextChars} printable characters");
            }
            else if (!keys.TryAdd(name.Value, name.At.Line))
            {
                // Which of the two counts would depend on who reads it (the reviewer sees the other one).
                _problems.Error(name.At, PolicyDiagnosticCode.KeyDuplicate,
                    $"{PolicyDiagnostics.Quote(name.Value)} is already on line {keys[name.Value]}");
            }
            else
            {
                entries.Add(new YamlEntry(name, value));
            }
        }
        return new YamlMap(at, entries);
    }

    private SourceSpan SpanOf(ParsingEvent parsed) => Span(parsed.Start,
        parsed.Start.Line == parsed.End.Line ? (int)Math.Clamp(parsed.End.Column - parsed.Start.Column, 1, int.MaxValue) : 1);

    private SourceSpan Span(Mark start, int length) =>
        _source.Span((int)Math.Max(start.Line, 1), (int)Math.Max(start.Column, 1), Math.Max(length, 1));

    private static string Sentence(YamlException e)
    {
        var text = e.Message.TrimEnd('.');
        return text.Length is 0 ? "this is not YAML" : char.ToLowerInvariant(text[0]) + text[1..].Replace(",  ", ", ", StringComparison.Ordinal);
    }

#pragma warning disable CA1032, CA1064   // never leaves this file: the shortest way out of nested reads
    private sealed class TooDeep : Exception;
#pragma warning restore CA1032, CA1064
}
