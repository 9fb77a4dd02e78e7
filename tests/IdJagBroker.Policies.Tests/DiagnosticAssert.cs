using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using Xunit;

namespace IdJagBroker.Tests.Policies;

internal static class DiagnosticAssert
{
    /// <summary>There is exactly this one fault, at the place where the marked word stands; and nothing is loaded if it is an error.</summary>
    public static void One(PolicyLoad load, string text, string marked, PolicyDiagnosticCode code, string? message = null, bool warning = false)
    {
        Assert.True(load.Diagnostics.Count is 1, PolicyDiagnosticText.Render(load.Diagnostics));
        var found = load.Diagnostics[0];
        Assert.Equal(code, found.Code);
        Assert.Equal(warning ? PolicySeverity.Warning : PolicySeverity.Error, found.Severity);
        if (message is not null) Assert.Contains(message, found.Message, StringComparison.Ordinal);
        var at = text.IndexOf(marked, StringComparison.Ordinal);
        Assert.True(at >= 0, "the mark is not in the text");
        var (line, column) = (1 + text[..at].Count(c => c is '\n'), at - text[..at].LastIndexOf('\n'));
        Assert.Equal((line, column), (found.Line, found.Column));
        Assert.Equal(warning, load.Snapshot is not null);
    }
}
