using System.Collections.Immutable;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies;

/// <summary>Reads <c>requireAcr</c> and <c>maxSignInAge</c>, which an authorization server and a resource may have.</summary>
internal static class SignInNeedsParser
{
    /// <summary>The most values of <c>requireAcr</c>: a client puts them all into one parameter.</summary>
    public const int MaxAcrValues = 16;

    /// <summary>What to say of a text that cannot be one.</summary>
    public const string NoAcr = "is not an acr value: printable ASCII without space, quotes, backslash";

    /// <summary>Whether a text can be one. They travel as one list with spaces between (RFC 9470 §3, C-20).</summary>
    public static bool IsAcr(string acr) => acr.Length <= 255 && acr.All(c => c is > ' ' and <= '~' and not '"' and not '\\');

    public static SignInNeeds Parse(CatalogEntryParser entry, YamlFields fields)
    {
        var values = ImmutableArray.CreateBuilder<string>();
        foreach (var (acr, at) in entry.Values.Texts(fields.Optional("requireAcr"), "requireAcr", MaxAcrValues))
        {
            if (IsAcr(acr)) values.Add(acr);
            else entry.Problems.Error(at, PolicyDiagnosticCode.ValueInvalid, $"{PolicyDiagnostics.Quote(acr)} {NoAcr}");
        }
        return new SignInNeeds(
            values.DrainToImmutable(),
            entry.Values.Duration(fields.Optional("maxSignInAge"), "maxSignInAge", TimeSpan.FromMinutes(1), CatalogIdp.MaxSignInAgeLimit));
    }
}
