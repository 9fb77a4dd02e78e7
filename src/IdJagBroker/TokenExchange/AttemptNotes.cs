using IdJagBroker.Audiences;
using IdJagBroker.Audit;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Protocol;
using IdJagBroker.Upstreams;

namespace IdJagBroker.TokenExchange;

/// <summary>What each step of the walk leaves in the notes for the log.</summary>
internal static class AttemptNotes
{
    public static void Request(this IssuanceAttempt attempt, OAuthForm form, string policyRevision)
    {
        attempt.RequestedAudience = form["audience"];
        attempt.RequestedResources = form.All("resource");
        attempt.RequestedScope = form["scope"] is { Length: <= ScopeSet.MaxChars } scope ? scope : null;
        attempt.PolicyRevision = policyRevision;
    }

    public static void Resolved(this IssuanceAttempt attempt, ResolvedAudience audience)
    {
        attempt.AuthServer = audience.AuthorizationServer.Issuer.Value;
        attempt.Resources = audience.ResourceUris;
    }

    public static void Verified(this IssuanceAttempt attempt, VerifiedSubject subject, Person person)
    {
        attempt.Upstream = subject.Upstream;
        attempt.SubjectKey = person.SubjectKey;
        attempt.Session = subject.Session ?? attempt.Session;
        attempt.GroupIds = subject.GroupIds;
        (attempt.AuthTime, attempt.Acr, attempt.Amr) = (subject.AuthTime, subject.Acr, subject.Amr);
    }

    public static void Decided(this IssuanceAttempt attempt, PolicyInput facts, PolicyDecision decision) => (attempt.Facts, attempt.Decision) = (facts, decision);
}
