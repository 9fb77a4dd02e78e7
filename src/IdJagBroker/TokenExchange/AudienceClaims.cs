using System.Text.Json;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Upstreams;

namespace IdJagBroker.TokenExchange;

/// <summary>What one audience gets besides what every ID-JAG holds: its allow-list, and nothing else (JAG-18…22, JAG-25).</summary>
internal static class AudienceClaims
{
    public static IdJag With(this IdJag idJag, TokenSettings settings, VerifiedSubject subject)
    {
        Dictionary<string, string>? extra = null;
        string? email = null;
        foreach (var name in settings.Claims)
        {
            if (!subject.CopiedClaims.TryGetValue(name, out var value)) continue;
            if (name is "email") email = JsonSerializer.Deserialize<string>(value);
            else (extra ??= new(StringComparer.Ordinal))[name] = value;
        }
        return idJag with
        {
            Tenant = settings.Tenant,
            AudienceTenant = settings.AudienceTenant,
            AudienceSubject = settings.AudienceSubjectClaim is { } claim
                ? subject.SubjectClaims.GetValueOrDefault(claim)
                : settings.AudienceSubjects.GetValueOrDefault(subject.PolicyName),
            Email = email,
            EmailVerified = email is null ? null : true,        // it was copied because the upstream says so
            ExtraClaims = extra ?? idJag.ExtraClaims,
        };
    }
}
