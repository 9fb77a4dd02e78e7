namespace IdJagBroker.Policies.Yaml;

/// <summary>How bad it is.</summary>
internal enum PolicySeverity
{
    /// <summary>Worth a look; loads all the same.</summary>
    Warning,

    /// <summary>Nothing is loaded.</summary>
    Error,
}

/// <summary>Something to say about a place in a file.</summary>
/// <param name="Severity">How bad.</param>
/// <param name="Code">What, from a closed list.</param>
/// <param name="File">The file as the author knows it, such as <c>policies/00-catalog.yaml</c>.</param>
/// <param name="Line">From 1; 0 where it is about the whole file or directory.</param>
/// <param name="Column">From 1; 0 as above.</param>
/// <param name="Length">Of what is wrong, in characters on that line.</param>
/// <param name="Message">For people.</param>
/// <param name="SourceLine">The line itself, or null.</param>
internal sealed record PolicyDiagnostic(
    PolicySeverity Severity, PolicyDiagnosticCode Code, string File, int Line, int Column, int Length, string Message, string? SourceLine);
