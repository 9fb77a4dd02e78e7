using System.Collections.Immutable;

namespace IdJagBroker.Policies.Decisions;

/// <summary>What a client is told to ask of the person (RFC 9470 §3), if another sign-in would do and nothing else is wanting: what the nearest rule asks for and the sign-in lacks.</summary>
internal sealed record SignInChallenge(ImmutableArray<string> Acr, ImmutableArray<string> Amr, long? MaxAge)
{
    /// <summary>The error of all of them (IDP-51).</summary>
    public const string InsufficientUserAuthentication = "insufficient_user_authentication";

    public static SignInChallenge? Of(PolicyDecision decision, PolicyInput input)
    {
        if (decision.Nearest is not { OnlySignIn: true, Rule.Requirement: { } asked, Unmet: var unmet }) return null;
        var someMethod = !asked.AmrAnyOf.Intersect(input.Amr, StringComparer.Ordinal).Any();
        return new SignInChallenge(
            unmet.HasFlag(Unmet.Acr) ? asked.AcrAnyOf : [],
            unmet.HasFlag(Unmet.Amr) ? [.. (someMethod ? asked.AmrAnyOf : []).Union(asked.AmrAllOf.Except(input.Amr, StringComparer.Ordinal), StringComparer.Ordinal)] : [],
            unmet.HasFlag(Unmet.SignInAge) ? (long)asked.MaxAge!.Value.TotalSeconds : null);
    }
}
