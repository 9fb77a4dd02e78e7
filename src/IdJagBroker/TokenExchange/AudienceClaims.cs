using System.Collections.ObjectModel;
using System.Text.Json;
using IdJagBroker.Policies;
using IdJagBroker.Upstreams;

namespace IdJagBroker.TokenExchange;

/// <summary>What one audience gets besides what every ID-JAG holds: its allow-list, what the rules add, and nothing else (JAG-18…22, JAG-25).</summary>
internal static class AudienceClaims
{
    /// <summary>The claims to copy, as JSON text; the address apart, because it is a registered claim.</summary>
    public static IReadOnlyDictionary<string, string> Copied(TokenSettings settings, GrantedAccess granted, VerifiedSubject subject, out string? email)
    {
        Dictionary<string, string>? extra = null;
        email = null;
        foreach (var name in granted.Claims.IsEmpty ? settings.Claims : settings.Claims.Union(granted.Claims, StringComparer.Ordinal))
        {
            if (!subject.CopiedClaims.TryGetValue(name, out var value)) continue;
            if (name is "email") email = JsonSerializer.Deserialize<string>(value);
            else (extra ??= new(StringComparer.Ordinal))[name] = value;
        }
        return extra is null ? ReadOnlyDictionary<string, string>.Empty : extra;
    }

    /// <summary>The person's account at the server, or null.</summary>
    public static string? AudienceSubject(TokenSettings settings, VerifiedSubject subject) => settings.AudienceSubjectClaim is { } claim
        ? subject.SubjectClaims.GetValueOrDefault(claim)
        : settings.AudienceSubjects.GetValueOrDefault(subject.PolicyName);
}
