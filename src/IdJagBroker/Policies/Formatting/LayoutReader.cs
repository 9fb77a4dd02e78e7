using IdJagBroker.Policies.Yaml;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace IdJagBroker.Policies.Formatting;

/// <summary>Reads how a file is laid out. Only for texts that <see cref="YamlReader"/> takes: without anchors, tags and directives, and not too deep.</summary>
internal sealed class LayoutReader
{
    private readonly string _text;
    private readonly Parser _parser;
    private readonly List<LayoutScalar> _scalars = [];

    private LayoutReader(string text) => (_text, _parser) = (text, new Parser(new Scanner(new StringReader(text), skipComments: true)));

    /// <summary>The documents; null if one is no mapping. All scalars in their order too, for finding what is no comment.</summary>
    public static (List<LayoutDocument>? Documents, List<LayoutScalar> Scalars) Read(string text)
    {
        var reader = new LayoutReader(text);
        var documents = new List<LayoutDocument>();
        while (reader._parser.MoveNext())
        {
            if (reader._parser.Current is not DocumentStart start) continue;
            if (reader.Node(reader.Next()) is not LayoutCollection { IsMap: true } root) return (null, reader._scalars);
            documents.Add(new LayoutDocument(start.IsImplicit ? root.Start : (int)start.Start.Index, !start.IsImplicit, root));
        }
        return (documents, reader._scalars);
    }

    private ParsingEvent Next() => _parser.MoveNext() ? _parser.Current! : throw new YamlException("the document ends too early");

    private LayoutNode Node(ParsingEvent parsed) => parsed switch
    {
        Scalar scalar => ReadScalar(scalar),
        SequenceStart start => Fill(start, isMap: false, start.Style is SequenceStyle.Flow),
        MappingStart start => Fill(start, isMap: true, start.Style is MappingStyle.Flow),
        _ => throw new YamlException(parsed.Start, parsed.End, "a value is missing here"),
    };

    private LayoutCollection Fill(ParsingEvent start, bool isMap, bool isFlow)
    {
        var entries = new List<LayoutEntry>();
        var parsed = Next();
        for (; parsed is not MappingEnd and not SequenceEnd; parsed = Next())
            entries.Add(isMap ? new LayoutEntry(Node(parsed) as LayoutScalar ?? throw new YamlException("a key must be text"), Node(Next())) : new LayoutEntry(null, Node(parsed)));
        var collection = new LayoutCollection(
            (int)start.Start.Index, (int)parsed.End.Index, (int)start.Start.Line, (int)parsed.End.Line, (int)start.Start.Column, isMap, isFlow);
        collection.Entries.AddRange(entries);
        return collection;
    }

    private LayoutScalar ReadScalar(Scalar parsed)
    {
        // Nothing at the end of a file stands, to the parser, behind it.
        var (start, end) = (Math.Min((int)parsed.Start.Index, _text.Length), Math.Min((int)parsed.End.Index, _text.Length));
        var raw = _text[start..end];
        if (parsed.Style is ScalarStyle.Literal or ScalarStyle.Folded)
        {
            raw = raw[..LengthOfBlock(raw)];
            if (!Keeps(raw)) end = start + raw.Length;
        }
        var scalar = new LayoutScalar(start, end, (int)parsed.Start.Line, (int)parsed.Start.Line + raw.Count(c => c is '\n'), raw, parsed.Style);
        _scalars.Add(scalar);
        return scalar;
    }

    // The parser counts the empty lines after it too; they are part of it only if its header says to keep them.
    private static int LengthOfBlock(ReadOnlySpan<char> text)
    {
        while (text.LastIndexOf('\n') is > 0 and var line && text[(line + 1)..].Trim(' ').IsEmpty)
        {
            text = text[..line];
            if (Keeps(text)) break;
        }
        return text.Length;
    }

    private static bool Keeps(ReadOnlySpan<char> text) => (text.IndexOfAny(' ', '\n') is >= 0 and var header ? text[..header] : text).Contains('+');
}
