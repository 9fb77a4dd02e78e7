using System.Collections.Frozen;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

/// <summary>Reads the names of claims that are copied from an ID Token into an ID-JAG (JAG-25): an authorization server's, and a rule's.</summary>
internal static class CopiedClaimsParser
{
    /// <summary>The most claims of one list.</summary>
    public const int MaxClaims = 32;

    /// <summary>The longest name.</summary>
    public const int MaxClaimChars = 255;

    /// <summary>The claims that may be copied by name: OpenID Connect Core §5.1 without email_verified, which comes with email; RFC 9068 §2.2.3.1.</summary>
    public static readonly FrozenSet<string> Registered = FrozenSet.Create(
        StringComparer.Ordinal, "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website",
        "email", "gender", "birthdate", "zoneinfo", "locale", "phone_number", "phone_number_verified", "address", "updated_at", "groups", "roles",
        "entitlements");

    /// <summary>The names that may be copied; the others are reported.</summary>
    public static IEnumerable<string> Parse(YamlNode? node, YamlValues values, PolicyDiagnostics problems)
    {
        foreach (var (name, at) in values.Texts(node, "claims", MaxClaims))
        {
            if (Registered.Contains(name) || IsUri(name)) yield return name;
            else if (name is "email_verified") problems.Error(at, PolicyDiagnosticCode.ValueInvalid, "'email_verified' comes with 'email'");
            else if (IdJag.IsReserved(name))
                problems.Error(at, PolicyDiagnosticCode.ValueInvalid, $"{PolicyDiagnostics.Quote(name)} is never copied: it has a meaning of its own in an ID-JAG or an ID Token");
            else problems.Unknown(at, PolicyDiagnosticCode.WordUnknown, name, "is neither a registered claim about a person nor a URI", Registered);
        }
    }

    // C-36: a name that nobody else can have given another meaning.
    private static bool IsUri(string name) =>
        name.Length <= MaxClaimChars && name.All(c => c is > ' ' and <= '~') && Uri.TryCreate(name, UriKind.Absolute, out var uri)
        && uri.Scheme is "https" or "http" or "urn";
}
