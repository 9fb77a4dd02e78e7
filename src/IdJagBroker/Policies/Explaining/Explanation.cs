using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Explaining;

/// <summary>Why a decision is as it is: every rule that had to do with it, each of its conditions, and the least that would make it otherwise.</summary>
internal sealed class Explanation
{
    private readonly PolicySnapshot _snapshot;
    private readonly PolicyInput _input;

    /// <param name="snapshot">The revision.</param>
    /// <param name="input">The facts.</param>
    /// <param name="all">Every rule, and not only those about what was asked.</param>
    public Explanation(PolicySnapshot snapshot, PolicyInput input, bool all = false)
    {
        (_snapshot, _input) = (snapshot, input);
        Decision = PolicyEngine.Decide(snapshot, input);
        Rules = [.. Decision.Evaluated.Where(rule => all || HadToDo(rule))];
    }

    public PolicyDecision Decision { get; }

    public PolicyInput Input => _input;

    public string Revision => _snapshot.Revision;

    /// <summary>In the order of their ids.</summary>
    public IReadOnlyList<RuleEvaluation> Rules { get; }

    /// <summary>The least that would make it otherwise; null if it was granted.</summary>
    public string? Fix => Decision switch
    {
        { Allowed: true } => null,
        { Nearest: { } miss } => string.Join("; ", Fixes(miss)),
        { Reason: PolicyReason.DeniedByRule } => "change or lift " + string.Join(", ", Decision.RuleIds.Select(Place)),
        { Reason: PolicyReason.ScopeNotAllowed } => "ask for fewer scopes: the resource takes all or nothing",
        { Reason: PolicyReason.NoRuleMatched } => NearestRule(),
        { Reason: PolicyReason.ReqUnknownClient } => "enable the client, or add it to the catalogue",
        _ => "ask for resources of one authorization server that the catalogue has",
    };

    /// <summary>How the person would have to sign in, if that alone is wanting: the parts of <c>insufficient_user_authentication</c>.</summary>
    public SignInChallenge? Challenge => SignInChallenge.Of(Decision, _input);

    // A deny rule that matched, and every rule that grants a scope asked for at a resource asked for.
    private static bool HadToDo(RuleEvaluation rule) =>
        rule.Rule.Effect is PolicyEffect.Deny ? rule.Match : rule.Conditions.First(condition => condition.Path is "grant").Holds;

    private IEnumerable<string> Fixes(NearestMiss miss)
    {
        var asked = miss.Rule.Requirement ?? new PolicyRequirement();
        if (miss.Unmet.HasFlag(Unmet.NotYet)) yield return $"wait until {PolicyValidity.Text(miss.Rule.Validity!.From)}";
        if (miss.Unmet.HasFlag(Unmet.Expired)) yield return $"extend validity.until of {Place(miss.Rule.Id)}";
        if (miss.Unmet.HasFlag(Unmet.Hours)) yield return $"ask at {miss.Rule.During}";
        if (miss.Unmet.HasFlag(Unmet.Network)) yield return "ask from " + (asked.CidrAnyOf.IsEmpty ? "another network" : string.Join(" or ", asked.CidrAnyOf));
        if (miss.Unmet.HasFlag(Unmet.Device)) yield return "use a device with " + string.Join(", ", asked.Device.Select(entry => $"{entry.Key} {entry.Value}"));
        if (miss.Unmet.HasFlag(Unmet.ClientAuth)) yield return $"let the client authenticate with {PolicyClients.Word(asked.ClientAuth!.Value)}";
        if (miss.Unmet.HasFlag(Unmet.Dpop)) yield return "let the client send a DPoP proof";
        if (miss.Unmet.HasFlag(Unmet.Resource)) yield return "let the request name its resource";
        if (miss.Unmet.HasFlag(Unmet.Acr)) yield return $"sign in with acr {string.Join(" or ", asked.AcrAnyOf)}";
        if (miss.Unmet.HasFlag(Unmet.Amr)) yield return $"sign in with {string.Join(" and ", new[] { string.Join(" or ", asked.AmrAnyOf), string.Join(" and ", asked.AmrAllOf) }.Where(part => part.Length > 0))}";
        if (miss.Unmet.HasFlag(Unmet.SignInAge)) yield return $"sign in again ({YamlValues.Format(asked.MaxAge!.Value)} ago at most)";
    }

    // Of the rules that grant what was asked, the one of which fewest conditions do not hold.
    private string NearestRule()
    {
        var nearest = Decision.Evaluated
            .Where(rule => rule.Rule is { Effect: PolicyEffect.Allow, Mode: PolicyMode.Enforce } && rule.Conditions.First(condition => condition.Path is "grant").Holds)
            .MinBy(rule => (rule.Unmet.Count(), rule.Id), Comparer<(int, string)>.Create((a, b) => a.Item1 != b.Item1 ? a.Item1.CompareTo(b.Item1) : string.CompareOrdinal(a.Item2, b.Item2)));
        if (nearest is null) return $"no rule grants {_input.Scope} at {string.Join(", ", _input.ResourceAliases)}";
        return $"{Place(nearest.Id)}: " + string.Join("; ", nearest.Unmet.Select(condition => $"{condition.Path} needs {condition.Need}, and there is {condition.HaveText}"));
    }

    private string Place(string id) => _snapshot.Rules.First(rule => rule.Id == id) is var rule ? $"{id} ({rule.File}:{rule.Line})" : id;
}
