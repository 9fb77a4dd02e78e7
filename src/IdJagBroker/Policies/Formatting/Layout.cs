using YamlDotNet.Core;

namespace IdJagBroker.Policies.Formatting;

/// <summary>A node as it is spelt, for writing it out again.</summary>
/// <param name="Start">Where its text begins in the file; of a block, its first key, item or dash.</param>
/// <param name="End">Where it ends. Of a block without meaning: the parser has looked past it.</param>
/// <param name="StartLine">From 1.</param>
/// <param name="EndLine">From 1; as <paramref name="End"/>.</param>
internal abstract record LayoutNode(int Start, int End, int StartLine, int EndLine);

/// <summary>A scalar.</summary>
internal sealed record LayoutScalar(int Start, int End, int StartLine, int EndLine, string Raw, ScalarStyle Style) : LayoutNode(Start, End, StartLine, EndLine)
{
    /// <summary>Whether it is written as lines under a header such as <c>|</c> or <c>&gt;-</c>.</summary>
    public bool IsBlock => Style is ScalarStyle.Literal or ScalarStyle.Folded;
}

/// <summary>A mapping or a list.</summary>
/// <param name="Column">Of its entries, from 1, if it is a block.</param>
internal sealed record LayoutCollection(int Start, int End, int StartLine, int EndLine, int Column, bool IsMap, bool IsFlow) : LayoutNode(Start, End, StartLine, EndLine)
{
    public List<LayoutEntry> Entries { get; } = [];

    /// <summary>Comments after the last entry that belong to the collection.</summary>
    public List<Trivia> Tail { get; } = [];

    /// <summary>Whether it is written on one line with brackets. One in brackets on several lines becomes a block: only there each comment has its line.</summary>
    public bool IsInline => IsFlow && (StartLine == EndLine || Entries.Count is 0);
}

/// <summary>An entry of a collection with the comments that belong to it.</summary>
/// <param name="key">Null in a list.</param>
/// <param name="value">The value.</param>
internal sealed class LayoutEntry(LayoutScalar? key, LayoutNode value)
{
    public LayoutScalar? Key { get; } = key;

    public LayoutNode Value { get; } = value;

    public int Start => (Key ?? Value).Start;

    /// <summary>Comments on lines of their own, and empty lines, before it.</summary>
    public List<Trivia> Before { get; } = [];

    /// <summary>The comment at the end of its line; of one with a block below, of the line with its key.</summary>
    public string? Comment { get; set; }

    /// <summary>The value as a block below it, if it is one.</summary>
    public LayoutCollection? Block => Value is LayoutCollection { IsInline: false } block ? block : null;
}

/// <summary>A document. What is written between documents stands before the second.</summary>
/// <param name="Start">Where it begins, with <c>---</c> if that is written.</param>
/// <param name="IsExplicit">Whether <c>---</c> is written.</param>
/// <param name="Root">Its mapping.</param>
internal sealed record LayoutDocument(int Start, bool IsExplicit, LayoutCollection Root)
{
    public List<Trivia> Before { get; } = [];
}

/// <summary>A comment or an empty line.</summary>
/// <param name="Index">Where it begins in the file.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Text">From the <c>#</c> to the end of the line; null: an empty line.</param>
/// <param name="IsOwnLine">Whether nothing else is on its line.</param>
internal sealed record Trivia(int Index, int Line, int Column, string? Text, bool IsOwnLine);
