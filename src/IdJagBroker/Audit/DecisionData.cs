using IdJagBroker.Audit.Proof;
using IdJagBroker.Policies.Decisions;

namespace IdJagBroker.Audit;

/// <summary>
/// What a decision rested on, and what came near it, as its event holds it: enough to decide again, years later and by other rules, without
/// telling who the person is. Written in canonical order, between the members that the caller writes.
/// </summary>
internal static class DecisionData
{
    private const int MaxEvaluated = 100;

    /// <summary>From <c>acrs</c> to <c>tenant</c>.</summary>
    public static void WriteFacts(CanonicalJsonWriter json, IssuanceAttempt attempt, PolicyInput facts, FactHashes hashes)
    {
        var (groups, complete) = hashes.OfGroups(facts.Idp ?? "", attempt.GroupIds);
        if (facts.Acr is not [] and not [_]) json.Member("acrs"u8, facts.Acr);
        json.Member("amr"u8, attempt.Amr);
        if (facts.SignInAge is { } age) json.Member("auth_age_s"u8, (long)age.TotalSeconds);
        if (attempt.AuthTime is { } at) json.Member("auth_time"u8, at.ToUnixTimeSeconds());
        WriteClaims(json, facts, hashes);
        json.Member("client_auth"u8, attempt.ClientAuthentication);
        json.Member("client_document"u8, attempt.ClientDocument);
        json.Name("dpop"u8);
        json.Boolean(attempt.KeyThumbprint is not null);
        if (!facts.GroupsComplete || !complete) json.Member("groups"u8, "overage");
        json.Member("groups_h"u8, groups);
        json.Member("hash_key"u8, hashes.KeyId);
        json.Member("jkt"u8, attempt.KeyThumbprint);
        if (facts.ResourceNamed) json.MemberTrue("resource_named"u8);
        json.Member("tenant"u8, facts.Tenant);
    }

    /// <summary>The same of an attempt that did not come to a decision.</summary>
    public static void WriteFacts(CanonicalJsonWriter json, IssuanceAttempt attempt)
    {
        json.Member("amr"u8, attempt.Amr);
        if (attempt.AuthTime is { } at) json.Member("auth_time"u8, at.ToUnixTimeSeconds());
        json.Member("client_auth"u8, attempt.ClientAuthentication);
        json.Member("client_document"u8, attempt.ClientDocument);
        json.Name("dpop"u8);
        json.Boolean(attempt.KeyThumbprint is not null);
        json.Member("jkt"u8, attempt.KeyThumbprint);
    }

    /// <summary><c>nearest</c>: the rule that came nearest, and what it lacked.</summary>
    public static void WriteNearest(CanonicalJsonWriter json, PolicyDecision? decision)
    {
        if (decision?.Nearest is not { } miss) return;
        json.Name("nearest"u8);
        json.StartObject();
        json.Member("rule"u8, miss.Rule.Id);
        json.Member("unmet"u8, [.. miss.Unmet.Words()]);
        json.EndObject();
    }

    /// <summary><c>shadow</c>: what the rules on trial would have made of it.</summary>
    public static void WriteShadow(CanonicalJsonWriter json, PolicyDecision? decision)
    {
        if (decision?.Shadow is not { } shadow) return;
        json.Name("shadow"u8);
        json.StartObject();
        json.Member("outcome"u8, shadow.Allowed ? "allow" : "deny");
        json.Member("reason"u8, shadow.Reason.Code());
        json.Member("rules"u8, shadow.RuleIds);
        if (!shadow.Scope.IsEmpty) json.Member("scope"u8, shadow.Scope.ToString());
        json.EndObject();
    }

    /// <summary><c>evaluated</c>: what became of each rule that was about the request, where a rule wants that recorded: paths of conditions, and never what was brought.</summary>
    public static void WriteEvaluated(CanonicalJsonWriter json, PolicyDecision? decision)
    {
        if (decision is not { IsFullyRecorded: true }) return;
        json.Name("evaluated"u8);
        json.StartArray();
        foreach (var rule in decision.Evaluated.Where(rule => rule.Fit).Take(MaxEvaluated))
        {
            json.StartObject();
            json.Name("match"u8);
            json.Boolean(rule.Match);
            json.Member("rule"u8, rule.Id);
            json.Member("unmet"u8, [.. rule.Unmet.Select(condition => condition.Path)]);
            json.EndObject();
        }
        json.EndArray();
    }

    private static void WriteClaims(CanonicalJsonWriter json, PolicyInput facts, FactHashes hashes)
    {
        if (facts.Claims.Count is 0) return;
        json.Name("claims_h"u8);
        json.StartObject();
        foreach (var (claim, values) in facts.Claims.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            json.Name(claim);
            json.StartArray();
            foreach (var hash in values.Select(value => hashes.OfClaim(claim, value)).Order(StringComparer.Ordinal)) json.String(hash);
            json.EndArray();
        }
        json.EndObject();
    }
}
