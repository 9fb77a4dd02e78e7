namespace IdJagBroker.Policies.Analysis;

/// <summary>The rules of one revision that have a say about one client, one resource and one scope.</summary>
/// <param name="Allows">Those that grant it.</param>
/// <param name="Denies">Those that refuse it, whatever the circumstances.</param>
/// <param name="Exceptions">Those that refuse it under some circumstances.</param>
/// <param name="MaxLifetime">The authorization server's own limit.</param>
internal sealed record CellRules(RuleReach[] Allows, RuleReach[] Denies, RuleReach[] Exceptions, TimeSpan MaxLifetime)
{
    public static CellRules Nothing { get; } = new([], [], [], TimeSpan.MaxValue);

    public IEnumerable<RuleReach> All => Allows.Concat(Denies).Concat(Exceptions);

    /// <summary>The same for people of one identity.</summary>
    public CellRules For(Identity identity) => Allows.Length is 0 ? this : new(
        Array.FindAll(Allows, rule => rule.Who.FitsIdentity(identity)), Array.FindAll(Denies, rule => rule.Who.FitsIdentity(identity)),
        Array.FindAll(Exceptions, rule => rule.Who.FitsIdentity(identity)), MaxLifetime);

    /// <summary>Whether somebody gets the scope, if the circumstances are right.</summary>
    public bool Grants(ReadOnlySpan<ulong> person)
    {
        foreach (var rule in Denies)
            if (rule.Who.Holds(person)) return false;
        foreach (var rule in Allows)
            if (rule.Who.Holds(person)) return true;
        return false;
    }

    /// <summary>On what terms somebody gets it, in words, one for each way; none: not at all.</summary>
    public string[] TermsOf(ReadOnlySpan<ulong> person)
    {
        if (!Grants(person)) return [];
        var except = "";
        foreach (var rule in Exceptions)
            if (rule.Who.Holds(person)) except += $"; not by {rule.Rule.Id} unless {rule.Terms}";
        var ways = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var rule in Allows)
            if (rule.Who.Holds(person)) ways.Add($"{Yaml.YamlValues.Format(Life(rule))}{(rule.Terms.Length > 0 ? ", " : "")}{rule.Terms}{except}");
        return [.. ways];
    }

    /// <summary>
    /// The longest life of a token that somebody can get, in the best of circumstances. Rules that apply under all circumstances always contribute,
    /// and the shortest of them counts; of the others the one with the longest life may be alone.
    /// </summary>
    public TimeSpan LongestLife(ReadOnlySpan<ulong> person)
    {
        if (!Grants(person)) return TimeSpan.Zero;
        var (longest, bound) = (TimeSpan.Zero, TimeSpan.MaxValue);
        foreach (var rule in Allows)
        {
            if (!rule.Who.Holds(person)) continue;
            if (Life(rule) > longest) longest = Life(rule);
            if (!rule.IsConditional && Life(rule) < bound) bound = Life(rule);
        }
        return longest < bound ? longest : bound;
    }

    /// <summary>The rules that give it to somebody: those that always do, and if there is none, the one whose token lives longest.</summary>
    public string[] RulesOf(ReadOnlySpan<ulong> person)
    {
        var always = new List<string>();
        RuleReach? longest = null;
        foreach (var rule in Allows)
        {
            if (!rule.Who.Holds(person)) continue;
            if (!rule.IsConditional) always.Add(rule.Rule.Id);
            if (longest is null || Life(rule) > Life(longest)) longest = rule;
        }
        return always.Count > 0 || longest is null ? [.. always] : [longest.Rule.Id];
    }

    /// <summary>The same for people whose groups are not all known: rules that ask for groups give them nothing, and take everything.</summary>
    public CellRules ForUnknownGroups() =>
        Array.Exists(Denies, rule => rule.AsksGroups) ? Nothing : this with { Allows = Array.FindAll(Allows, rule => !rule.AsksGroups) };

    private TimeSpan Life(RuleReach rule) => rule.Lifetime < MaxLifetime ? rule.Lifetime : MaxLifetime;
}
