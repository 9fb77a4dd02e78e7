using System.Globalization;
using System.Text;

namespace IdJagBroker.Audit.Mapping;

/// <summary>
/// Text within CEF and syslog, where separators are text too: what a stranger sent (a user agent, an alias) must not end its field, let alone
/// the line.
/// </summary>
internal static class CefText
{
    /// <summary>A field of the header: <c>|</c> and <c>\</c> are escaped, and nothing ends the line.</summary>
    public static string Header(string text) => Escape(text, '|');

    /// <summary>A value of the extension: <c>=</c> and <c>\</c> are escaped, and nothing ends the line.</summary>
    public static string Value(string text) => Escape(text, '=');

    /// <summary>A field of the syslog header (RFC 5424 §6): printable ASCII, or <c>-</c> for nothing.</summary>
    public static string SyslogName(string? text, int maxChars)
    {
        if (string.IsNullOrEmpty(text)) return "-";
        return string.Create(Math.Min(text.Length, maxChars), text, static (name, text) =>
        {
            for (var i = 0; i < name.Length; i++) name[i] = text[i] is > ' ' and < '\x7f' ? text[i] : '_';
        });
    }

    private static string Escape(string text, char separator)
    {
        var escaped = new StringBuilder(text.Length + 8);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == '\\' || rune.Value == separator) escaped.Append('\\').Append(rune);
            else escaped.Append(EndsOrTurns(rune) ? new Rune(' ') : rune);
        }
        return escaped.ToString();
    }

    // Lines end by more than one character in one program or another, and some turn a line's direction.
    private static bool EndsOrTurns(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
