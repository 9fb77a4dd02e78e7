using System.Globalization;
using IdJagBroker.Hosting;

namespace IdJagBroker.Keys.Control;

/// <summary>Why an operator does something, in words for the log.</summary>
internal static class OperatorReason
{
    public const int MaxChars = 500;

    /// <summary>Null, or what is wrong with the text.</summary>
    public static Problem? Fault(string? reason) => reason is null || IsText(reason)
        ? null
        : Problem.Invalid($"A reason is 1 to {MaxChars} characters of text, without control characters.", "/reason");

    // Nothing that ends a line or turns its direction: the log is read in terminals and browsers.
    private static bool IsText(string reason) => reason.Length <= MaxChars && !string.IsNullOrWhiteSpace(reason)
        && reason.EnumerateRunes().All(rune => System.Text.Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate));
}
