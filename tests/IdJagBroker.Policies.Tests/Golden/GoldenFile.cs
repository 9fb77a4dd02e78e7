using System.Text;

namespace IdJagBroker.Tests.Policies.Golden;

/// <summary>Texts for people and programs, kept as files that people read: whoever changes one sees there what it says now.</summary>
internal static class GoldenFile
{
    /// <summary>Fails unless the text is that of the file; <c>Golden/NAME.actual</c> beside the tests' program is what to put in its place.</summary>
    public static void Is(string name, string text) => Is(name, [text]);

    /// <summary>The same of a text that is made piece by piece.</summary>
    public static void Is(string name, IEnumerable<string> pieces)
    {
        var file = Path.Combine(AppContext.BaseDirectory, "Golden", name);
        var expected = File.Exists(file) ? File.ReadAllText(file) : "";
        var text = new StringBuilder();
        foreach (var piece in pieces)
        {
            // Where it is only asked whether a mistake is noticed, the first difference says so.
            if (!Amount.IsWhole && !expected.AsSpan(Math.Min(text.Length, expected.Length)).StartsWith(piece)) Assert.Fail(piece);
            text.Append(piece);
        }
        if (text.ToString() == expected) return;
        File.WriteAllText(file + ".actual", text.ToString());
        Assert.Equal(expected, text.ToString());
    }
}
