using IdJagBroker.Policies.Rules;

namespace IdJagBroker.Policies.Analysis;

/// <summary>One rule of one revision, ready to be asked about people.</summary>
internal sealed class RuleReach
{
    public RuleReach(PolicyRule rule, PolicySnapshot snapshot, Atoms atoms)
    {
        (Rule, Who, Terms) = (rule, new WhoPredicate(rule, snapshot.Catalog, atoms), Analysis.Terms.Of(rule));
        Lifetime = rule.MaxTokenLifetime is { } own && own < snapshot.Ceiling ? own : snapshot.Ceiling;
        IsConditional = rule.During is not null || rule.Validity is not null || rule.Requirement is { } asked && !(asked with { ClientAuth = null }).IsNothing;
        Signature = $"{rule.Effect}\0{WhoText(rule, snapshot.Catalog)}\0{Terms}\0{(rule.Effect is PolicyEffect.Allow ? Lifetime.Ticks : 0)}";
    }

    public PolicyRule Rule { get; }

    public WhoPredicate Who { get; }

    /// <summary>The circumstances that it asks for; of a deny rule, those that lift it.</summary>
    public string Terms { get; }

    /// <summary>The longest life of a token by this rule alone, the authorization server's own limit apart.</summary>
    public TimeSpan Lifetime { get; }

    /// <summary>Whether it depends on the circumstances.</summary>
    public bool IsConditional { get; }

    /// <summary>Whether it asks for groups.</summary>
    public bool AsksGroups => Rule.Who?.Groups is not null;

    /// <summary>What it does in a cell: two rules with the same do the same to everybody.</summary>
    public string Signature { get; }

    // By the providers' ids for groups: an alias may mean another group in another revision.
    private static string WhoText(PolicyRule rule, Catalog catalog)
    {
        if (rule.Who is not { Everyone: false } who) return "";
        string Groups(IEnumerable<string>? aliases) => aliases is null ? "-" : string.Join(' ', aliases.Select(alias => $"{catalog.Groups[alias].Idp}/{catalog.Groups[alias].Id}").Order(StringComparer.Ordinal));
        return $"{Groups(who.Groups?.AnyOf)}\0{Groups(who.Groups?.AllOf)}\0{Groups(who.Groups?.NoneOf)}\0{who.Subjects}\0{who.Idps}\0{who.Tenants}\0"
            + string.Join('\0', who.Claims.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key}\0{entry.Value}"));
    }
}
