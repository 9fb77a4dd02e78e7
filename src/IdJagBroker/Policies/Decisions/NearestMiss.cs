using IdJagBroker.Policies.Rules;

namespace IdJagBroker.Policies.Decisions;

/// <summary>The rule that came nearest to matching: it is about this person, this client and this scope, and fewest of its requirements are not met.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Unmet">What it lacks.</param>
internal sealed record NearestMiss(PolicyRule Rule, Unmet Unmet)
{
    /// <summary>Whether another sign-in would do, and nothing else is wanting.</summary>
    public bool OnlySignIn => (Unmet & ~Unmet.SignIn) is Unmet.None;
}
