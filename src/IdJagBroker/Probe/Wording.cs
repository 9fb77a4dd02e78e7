using System.Text.RegularExpressions;

namespace IdJagBroker.Probe;

/// <summary>What a stranger's server says, before it is shown to an operator or written to a file.</summary>
internal static partial class Wording
{
    /// <summary>The longest text shown, in characters.</summary>
    public const int MaxChars = 160;

    /// <summary>One short line: no control characters, nothing that looks like a token or a key.</summary>
    public static string Printable(string text)
    {
        var safe = Opaque().Replace(string.Concat(text.Take(MaxChars * 8).Select(c => char.IsControl(c) || char.IsSurrogate(c) || IsHidden(c) ? '\ufffd' : c)), "…");
        return safe.Length <= MaxChars ? safe : safe[..MaxChars] + "…";
    }

    /// <summary>Why there is no answer.</summary>
    public static string Fault(HttpRequestException e) => Printable(e.InnerException is { } inner && inner is not OperationCanceledException ? $"{e.Message} {inner.Message}" : e.Message);

    // Marks that reorder or hide text.
    private static bool IsHidden(char c) => char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.Format or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator;

    [GeneratedRegex(@"[A-Za-z0-9_\-+/=.%]{48,}", RegexOptions.CultureInvariant)]
    private static partial Regex Opaque();
}
