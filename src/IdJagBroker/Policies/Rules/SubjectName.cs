using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Rules;

/// <summary>A person as the files name one: the alias of an identity provider and the id there. An id alone would be anybody's who gets it elsewhere.</summary>
internal static class SubjectName
{
    /// <summary>Whether it is one, of a provider of the catalogue; if not, that is an error.</summary>
    public static bool Check(string text, SourceSpan at, PolicyDiagnostics problems, CatalogNames? names)
    {
        var bar = text.IndexOf('|', StringComparison.Ordinal);
        if (bar <= 0 || bar == text.Length - 1)
            problems.Error(at, PolicyDiagnosticCode.ValueInvalid,
                $"{PolicyDiagnostics.Quote(text)} is not a subject: the alias of an identity provider, '|', the person's id there");
        else if (names is not null && !names.Idps.Contains(text[..bar]))
            problems.Unknown(at, PolicyDiagnosticCode.IdpUnknown, text[..bar], "is not an identity provider of the catalogue", names.Idps);
        else return true;
        return false;
    }
}
