using IdJagBroker.Audit.Proof;
using IdJagBroker.Protocol;

namespace IdJagBroker.Audit;

/// <summary>
/// The per-type part of an issuance event, written in canonical order: members by name. E-mail, and any <c>sub</c> that is not a random id
/// of ours, stay out.
/// </summary>
internal static class IssuanceData
{
    /// <param name="issuance">What is issued.</param>
    /// <param name="signingInputHash">SHA-256 of what will be signed.</param>
    public static EventData Of(Issuance issuance, ReadOnlyMemory<byte> signingInputHash, FactHashes hashes) => EventData.Written(json =>
    {
        json.StartObject();
        if (issuance.Attempt.Decision is { EmergencyRules.IsEmpty: false }) json.MemberTrue("breakglass"u8);
        WriteClaims(json, issuance.IdJag, issuance.SubjectIsRandom);
        DecisionData.WriteEvaluated(json, issuance.Attempt.Decision);
        if (issuance.IdJag.ExtraClaims.Count > 0) json.Member("extra_claims"u8, [.. issuance.IdJag.ExtraClaims.Keys.Order(StringComparer.Ordinal)]);       // which, never what they say
        WriteAttempt(json, issuance.Attempt, hashes);
        WriteHash(json, signingInputHash.Span);
        json.EndObject();
    });

    public static EventData Of(AdminSignIn signIn, ReadOnlyMemory<byte> signingInputHash) => EventData.Written(json =>
    {
        json.StartObject();
        json.Member("exp"u8, signIn.ExpiresAt.ToUnixTimeSeconds());
        WriteAttempt(json, signIn.Attempt, hashes: null);
        json.Member("scope"u8, signIn.Scope.ToString());
        WriteHash(json, signingInputHash.Span);
        json.EndObject();
    });

    public static EventData Of(IssuanceAttempt attempt, OAuthError refusal, FactHashes hashes) => EventData.Written(json =>
    {
        json.StartObject();
        json.Member("detail"u8, refusal.Detail);
        json.Member("error"u8, refusal.Code);
        DecisionData.WriteEvaluated(json, attempt.Decision);
        WriteAttempt(json, attempt, hashes);
        json.EndObject();
    });

    private static void WriteHash(CanonicalJsonWriter json, ReadOnlySpan<byte> signingInputHash)
    {
        Span<char> hash = stackalloc char[2 * signingInputHash.Length];
        Convert.TryToHexStringLower(signingInputHash, hash, out _);
        json.Name("signing_input_sha256"u8);
        json.String(hash);
    }

    private static void WriteAttempt(CanonicalJsonWriter json, IssuanceAttempt attempt, FactHashes? hashes)
    {
        json.Name("facts"u8);
        json.StartObject();
        json.Member("acr"u8, attempt.Acr);
        if (attempt.Facts is { } facts && hashes is not null) DecisionData.WriteFacts(json, attempt, facts, hashes);
        else DecisionData.WriteFacts(json, attempt);
        json.Member("upstream"u8, attempt.Upstream);
        json.EndObject();
        json.Member("lock"u8, attempt.Lock);
        DecisionData.WriteNearest(json, attempt.Decision);
        json.Member("notify"u8, attempt.Decision?.Notify is { } notify ? notify : []);

        json.Name("request"u8);
        json.StartObject();
        json.Member("audience"u8, EventLine.Bounded(attempt.RequestedAudience));
        WriteResources(json, attempt.RequestedResources);
        json.Member("scope"u8, attempt.RequestedScope);
        json.EndObject();
        json.Member("rules"u8, attempt.Decision?.RuleIds is { } rules ? rules : []);
        DecisionData.WriteShadow(json, attempt.Decision);
    }

    private static void WriteResources(CanonicalJsonWriter json, IReadOnlyList<string> requested)
    {
        if (requested.Count is 0) return;
        json.Name("resource"u8);
        json.StartArray();
        for (var i = 0; i < requested.Count; i++) json.String(EventLine.Bounded(requested[i]));
        json.EndArray();
    }

    private static void WriteClaims(CanonicalJsonWriter json, IdJag claims, bool subjectIsRandom)
    {
        json.Name("claims"u8);
        json.StartObject();
        json.Member("acr"u8, claims.Acr);
        json.Member("amr"u8, claims.Amr);
        json.Member("aud"u8, claims.Audience);
        json.Member("aud_tenant"u8, claims.AudienceTenant);
        if (claims.AuthTime is { } at) json.Member("auth_time"u8, at.ToUnixTimeSeconds());
        json.Member("client_id"u8, claims.ClientId);
        if (claims.KeyThumbprint is { } thumbprint)
        {
            json.Name("cnf"u8);
            json.StartObject();
            json.Member("jkt"u8, thumbprint);
            json.EndObject();
        }
        json.Member("exp"u8, claims.ExpiresAt.ToUnixTimeSeconds());
        json.Member("iat"u8, claims.IssuedAt.ToUnixTimeSeconds());
        json.Member("iss"u8, claims.Issuer);
        json.Member("jti"u8, claims.JwtId);
        if (claims.Resources.Count is 1) json.Member("resource"u8, claims.Resources[0]);
        else json.Member("resource"u8, claims.Resources);
        if (!claims.Scope.IsEmpty) json.Member("scope"u8, claims.Scope.ToString());
        if (subjectIsRandom) json.Member("sub"u8, claims.Subject);
        json.Member("tenant"u8, claims.Tenant);
        json.EndObject();
    }
}
