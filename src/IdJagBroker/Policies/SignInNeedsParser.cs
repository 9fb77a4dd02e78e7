using System.Collections.Immutable;

namespace IdJagBroker.Policies;

/// <summary>Reads <c>requireAcr</c> and <c>maxSignInAge</c>, which an authorization server and a resource may have.</summary>
internal static class SignInNeedsParser
{
    /// <summary>The most values of <c>requireAcr</c>: a client puts them all into one parameter.</summary>
    public const int MaxAcrValues = 16;

    public static SignInNeeds Parse(CatalogEntryParser entry, YamlFields fields)
    {
        var values = ImmutableArray.CreateBuilder<string>();
        foreach (var (acr, at) in entry.Values.Texts(fields.Optional("requireAcr"), "requireAcr", MaxAcrValues))
        {
            // They travel as one list with spaces between (RFC 9470 §3, C-20).
            if (acr.Length <= 255 && acr.All(c => c is > ' ' and <= '~' and not '"' and not '\\')) values.Add(acr);
            else entry.Problems.Error(at, PolicyDiagnosticCode.ValueInvalid, $"{PolicyDiagnostics.Quote(acr)} is not an acr value: printable ASCII without space, quotes, backslash");
        }
        return new SignInNeeds(
            values.DrainToImmutable(),
            entry.Values.Duration(fields.Optional("maxSignInAge"), "maxSignInAge", TimeSpan.FromMinutes(1), CatalogIdp.MaxSignInAgeLimit));
    }
}
