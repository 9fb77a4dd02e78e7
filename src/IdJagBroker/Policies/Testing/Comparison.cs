using System.Collections.Immutable;
using System.Globalization;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Testing;

/// <summary>A member of a decision that is not as expected.</summary>
/// <param name="Member">As it is written, such as <c>challenge.max_age</c>.</param>
/// <param name="Expected">For people.</param>
/// <param name="Got">For people.</param>
internal sealed record Mismatch(string Member, string Expected, string Got);

/// <summary>Holds a decision against what was expected, member by member; none of them hides another.</summary>
internal static class Comparison
{
    private const string Nothing = "nothing";

    public static ImmutableArray<Mismatch> Of(TestExpectation expect, PolicyDecision decision, PolicyInput input)
    {
        var found = ImmutableArray.CreateBuilder<Mismatch>();
        if (expect.Allowed != decision.Allowed) found.Add(new("outcome", Outcome(expect.Allowed), Outcome(decision)));
        if (expect.Reason is { } reason && reason != decision.Reason) found.Add(new("reason", reason.Code(), decision.Reason.Code()));
        if (expect.Scopes is { } scopes && !scopes.Equals(decision.GrantedScope)) found.Add(new("scopes", scopes.ToString(), List(decision.GrantedScope.Scopes)));
        if (expect.Rules is { } rules && !rules.SequenceEqual(decision.RuleIds)) found.Add(new("rules", List(rules), List(decision.RuleIds)));
        if (expect.Lifetime is { } lifetime && lifetime != decision.MaxLifetime)
            found.Add(new("lifetime", YamlValues.Format(lifetime), decision.Allowed ? YamlValues.Format(decision.MaxLifetime) : Nothing));
        if (expect.Challenge is { } challenge) AddChallenge(found, challenge, SignInChallenge.Of(decision, input));
        if (expect.Shadow is { } shadow) AddShadow(found, shadow, decision.Shadow);
        return found.DrainToImmutable();
    }

    private static void AddChallenge(ImmutableArray<Mismatch>.Builder found, ExpectedChallenge expect, SignInChallenge? got)
    {
        if (expect.Error is { } error && got is null) found.Add(new("challenge.error", error, Nothing));
        if (expect.Acr is { } acr && !Same(acr, got?.Acr ?? [])) found.Add(new("challenge.acr", List(acr), List(got?.Acr ?? [])));
        if (expect.Amr is { } amr && !Same(amr, got?.Amr ?? [])) found.Add(new("challenge.amr", List(amr), List(got?.Amr ?? [])));
        if (expect.MaxAge is { } age && age != got?.MaxAge) found.Add(new("challenge.max_age", Number(age), got?.MaxAge is { } its ? Number(its) : Nothing));
    }

    private static void AddShadow(ImmutableArray<Mismatch>.Builder found, ExpectedShadow expect, ShadowDecision? got)
    {
        if (expect.Allowed is { } allowed && allowed != got?.Allowed) found.Add(new("shadow.outcome", Outcome(allowed), got is null ? "no difference" : Outcome(got.Allowed)));
        if (expect.Reason is { } reason && reason != got?.Reason) found.Add(new("shadow.reason", reason.Code(), got is null ? "no difference" : got.Reason.Code()));
        if (expect.Rules is { } rules && !rules.SequenceEqual(got?.RuleIds ?? [])) found.Add(new("shadow.rules", List(rules), List(got?.RuleIds ?? [])));
    }

    private static string Outcome(bool allowed) => allowed ? "allow" : "deny";

    private static string Outcome(PolicyDecision decision) => decision.Allowed ? $"allow {decision.GrantedScope}" : $"deny {decision.Reason.Code()}";

    private static bool Same(ImmutableArray<string> one, ImmutableArray<string> other) => one.ToHashSet(StringComparer.Ordinal).SetEquals(other);

    private static string List(ImmutableArray<string> words) => words.IsEmpty ? Nothing : string.Join(' ', words);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
