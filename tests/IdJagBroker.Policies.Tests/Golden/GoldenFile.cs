namespace IdJagBroker.Tests.Policies.Golden;

/// <summary>Texts for people and programs, kept as files that people read: whoever changes one sees there what it says now.</summary>
internal static class GoldenFile
{
    /// <summary>Fails unless the text is that of the file; <c>Golden/NAME.actual</c> beside the tests' program is what to put in its place.</summary>
    public static void Is(string name, string text)
    {
        var file = Path.Combine(AppContext.BaseDirectory, "Golden", name);
        var expected = File.Exists(file) ? File.ReadAllText(file) : "";
        if (text == expected) return;
        // A test of what the tests notice runs them thousands of times.
        if (Amount.IsWhole) File.WriteAllText(file + ".actual", text);
        Assert.Equal(expected, text);
    }
}
