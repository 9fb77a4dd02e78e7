using IdJagBroker.Policies.Rules;

namespace IdJagBroker.Policies.Analysis;

/// <summary>Whom a rule is about, in words.</summary>
internal static class PeopleText
{
    public static string Of(PolicyWho? who) => who is null or { Everyone: true } ? "everybody" : string.Join(", ", Parts(who));

    private static IEnumerable<string> Parts(PolicyWho who)
    {
        if (who.Groups is { } groups) yield return $"groups {groups}";
        if (who.Subjects is { } subjects) yield return subjects is { AnyOf: { } named, NoneOf: null } ? string.Join(" or ", named.Order(StringComparer.Ordinal)) : $"people {subjects}";
        if (who.Idps is { } idps) yield return $"of {idps}";
        if (who.Tenants is { } tenants) yield return $"tenants {tenants}";
        foreach (var (claim, condition) in who.Claims.OrderBy(entry => entry.Key, StringComparer.Ordinal)) yield return $"{claim} {condition}";
    }
}
