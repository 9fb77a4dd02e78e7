using System.Collections.Frozen;
using System.Collections.Immutable;

namespace IdJagBroker.Policies;

/// <summary>
/// Says of every rule whether it matched and, if not, why. Reads the rules as written, apart from the engine's bits, so that each is
/// a check on the other (a property test holds them together).
/// </summary>
internal static class PolicyTrace
{
    public static IReadOnlyList<RuleEvaluation> Of(PolicySnapshot snapshot, PolicyInput input) =>
        [.. snapshot.Rules.Select(rule => Evaluate(snapshot, rule, input))];

    private static RuleEvaluation Evaluate(PolicySnapshot snapshot, PolicyRule rule, PolicyInput input)
    {
        var unmet = ImmutableArray.CreateBuilder<UnmetCondition>();
        if (rule.Clients is { } clients && !clients.Contains(input.ClientAlias))
            unmet.Add(new UnmetCondition("client.ids", input.ClientAlias, List(clients)));
        if (rule.Who is { } who) AddWho(unmet, who, rule.Effect, input);
        if (rule.Effect is PolicyEffect.Allow) AddGrant(unmet, snapshot.Catalog, rule, input);
        else AddTarget(unmet, snapshot.Catalog, rule, input);
        var match = unmet.Count is 0;
        return new RuleEvaluation(rule.Id, rule.File, rule.Line, rule.Effect, match, match, unmet.DrainToImmutable());
    }

    private static void AddWho(ImmutableArray<UnmetCondition>.Builder unmet, PolicyWho who, PolicyEffect effect, PolicyInput input)
    {
        if (who.Subjects is { } subjects && !subjects.Contains(input.Subject))
            unmet.Add(new UnmetCondition("who.subjects", input.Subject, List(subjects)));
        if (!who.AsksGroups) return;
        if (!input.GroupsComplete)
        {
            if (effect is PolicyEffect.Allow) unmet.Add(new UnmetCondition("who.groups", "overage", "all groups of the person"));
            return;
        }
        if (who.AnyOf is { } any && !any.Any(input.Groups.Contains))
            unmet.Add(new UnmetCondition("who.groups.anyOf", List(input.Groups), List(any)));
        if (who.AllOf is { } all && !all.All(input.Groups.Contains))
            unmet.Add(new UnmetCondition("who.groups.allOf", List(input.Groups), List(all)));
        if (who.NoneOf is { } none && none.Any(input.Groups.Contains))
            unmet.Add(new UnmetCondition("who.groups.noneOf", List(input.Groups), List(none)));
    }

    private static void AddGrant(ImmutableArray<UnmetCondition>.Builder unmet, Catalog catalog, PolicyRule rule, PolicyInput input)
    {
        var here = rule.Grant.Where(grant => input.ResourceAliases.Contains(grant.Key)).ToList();
        if (here.Count is 0)
            unmet.Add(new UnmetCondition("grant", List(input.ResourceAliases), List(rule.Grant.Keys)));
        else if (here.TrueForAll(grant => !catalog.IsOpen(catalog.Resources[grant.Key])))
            unmet.Add(new UnmetCondition("grant", "not enabled", List(here.Select(grant => grant.Key))));
        else if (here.TrueForAll(grant => grant.Value.Intersect(input.Scope).IsEmpty))
            unmet.Add(new UnmetCondition("grant", input.Scope.ToString(), List(here.SelectMany(grant => grant.Value.Scopes))));
    }

    private static void AddTarget(ImmutableArray<UnmetCondition>.Builder unmet, Catalog catalog, PolicyRule rule, PolicyInput input)
    {
        if (rule.Target is { } target
            && !input.ResourceAliases.Any(alias => catalog.Resources.TryGetValue(alias, out var resource) && target.Covers(resource)))
        {
            var (path, need) = target.Resources is { } resources ? ("target.resources", List(resources)) : ("target.tags.anyOf", List(target.AnyTag!));
            unmet.Add(new UnmetCondition(path, List(input.ResourceAliases), need));
        }
        if (!rule.Scopes.IsEmpty && !input.Scope.Scopes.Any(scope => rule.Scopes.Any(pattern => pattern.Matches(scope))))
            unmet.Add(new UnmetCondition("scopes", input.Scope.ToString(), List(rule.Scopes.Select(pattern => pattern.Text))));
    }

    private static string List(IEnumerable<string> words) => string.Join(' ', words.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
}
