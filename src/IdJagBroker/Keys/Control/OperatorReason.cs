using System.Globalization;
using IdJagBroker.Hosting;

namespace IdJagBroker.Keys.Control;

/// <summary>Why an operator does something, in words for the log.</summary>
internal static class OperatorReason
{
    public const int MaxChars = 500;

    /// <summary>Null, or what is wrong with the text.</summary>
    public static Problem? Fault(string? reason) => reason is null || IsText(reason, MaxChars)
        ? null
        : Problem.Invalid($"A reason is 1 to {MaxChars} characters of text, without control characters.", "/reason");

    /// <summary>Whether there is something to read, and nothing that ends a line or turns its direction: the log is read in terminals and browsers.</summary>
    public static bool IsText(string text, int maxChars) => text.Length <= maxChars && !string.IsNullOrWhiteSpace(text)
        && text.EnumerateRunes().All(rune => System.Text.Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate));
}
