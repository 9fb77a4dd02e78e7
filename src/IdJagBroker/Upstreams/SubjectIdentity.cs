using System.Collections.ObjectModel;
using System.Text;
using IdJagBroker.Policies;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Upstreams;

/// <summary>What else a token says of a person, taken only as far as its upstream's word counts.</summary>
internal static class SubjectIdentity
{
    /// <summary>The most values of one claim that rules may ask for.</summary>
    public const int MaxValues = 64;

    /// <summary>The address if the upstream verified it, or is registered as the authority for its domain (JAG-22, nOAuth).</summary>
    /// <param name="claims">The claims.</param>
    /// <param name="upstream">Who says so.</param>
    /// <param name="isMember">Whether the person is the upstream's own; of a guest it knows what the guest's home says.</param>
    public static string? VerifiedEmail(JwtClaims claims, CatalogIdp upstream, bool isMember)
    {
        if (claims.GetString("email"u8, 320, out var email) is not ClaimState.Present) return null;
        switch (claims.GetBoolean("email_verified"u8, out var verified))
        {
            case ClaimState.Present: return verified ? email : null;
            case ClaimState.Malformed: return null;     // "false" in quotes is not a reason to believe
        }
        var domain = email![(email!.LastIndexOf('@') + 1)..];
        return isMember && upstream.EmailDomains.Contains(domain, StringComparer.OrdinalIgnoreCase) ? email : null;
    }

    /// <summary>The claims that rules may ask for, each a text or a list of texts; a truth value is read as <c>true</c> or <c>false</c>. Of another kind, it is missing.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> PolicyClaims(JwtClaims claims, IReadOnlyCollection<string> names)
    {
        if (names.Count is 0) return ReadOnlyDictionary<string, IReadOnlyList<string>>.Empty;
        var found = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            var utf8 = Encoding.UTF8.GetBytes(name);
            if (claims.GetStrings(utf8, MaxValues, out var values) is ClaimState.Present && values.Count > 0) found[name] = values;
            else if (claims.GetBoolean(utf8, out var flag) is ClaimState.Present) found[name] = [flag ? "true" : "false"];
        }
        return found;
    }

    /// <summary>The string claims called <paramref name="names"/>, where the token has them.</summary>
    public static IReadOnlyDictionary<string, string> NamedClaims(JwtClaims claims, IReadOnlyCollection<string> names)
    {
        if (names.Count is 0) return ReadOnlyDictionary<string, string>.Empty;
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in names)
            if (claims.GetString(Encoding.UTF8.GetBytes(name), 255, out var value) is ClaimState.Present) found[name] = value!;
        return found;
    }
}
