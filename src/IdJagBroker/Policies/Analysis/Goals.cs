namespace IdJagBroker.Policies.Analysis;

/// <summary>Somebody gets the scope.</summary>
internal sealed class Granted(CellRules rules) : IGoal
{
    public bool IsReached(ReadOnlySpan<ulong> person) => rules.Grants(person);

    public void AddHelp(ReadOnlySpan<ulong> person, Span<ulong> atoms) => Help(rules, person, atoms);

    /// <summary>What could make them get it: out of a deny rule that holds, or else into an allow rule.</summary>
    public static void Help(CellRules rules, ReadOnlySpan<ulong> person, Span<ulong> atoms)
    {
        foreach (var rule in rules.Denies)
        {
            if (!rule.Who.Holds(person)) continue;
            rule.Who.AddLowering(atoms);        // this one must go, whatever else happens
            return;
        }
        foreach (var rule in rules.Allows) rule.Who.AddRaising(atoms);
    }

    /// <summary>What could make somebody not get it who does: out of the first allow rule that holds, which must go, or into a deny rule.</summary>
    public static void HelpAgainst(CellRules rules, ReadOnlySpan<ulong> person, Span<ulong> atoms)
    {
        foreach (var rule in rules.Denies) rule.Who.AddRaising(atoms);
        foreach (var rule in rules.Allows)
        {
            if (!rule.Who.Holds(person)) continue;
            rule.Who.AddLowering(atoms);
            return;
        }
    }
}

/// <summary>Somebody gets it by these rules and not by those.</summary>
internal sealed class GrantedOnlyBy(CellRules these, CellRules those) : IGoal
{
    public bool IsReached(ReadOnlySpan<ulong> person) => these.Grants(person) && !those.Grants(person);

    public void AddHelp(ReadOnlySpan<ulong> person, Span<ulong> atoms)
    {
        if (!these.Grants(person)) Granted.Help(these, person, atoms);
        else Granted.HelpAgainst(those, person, atoms);
    }
}

/// <summary>Somebody gets it by both, on other terms.</summary>
internal sealed class GrantedOtherwise(CellRules before, CellRules after) : IGoal
{
    public bool IsReached(ReadOnlySpan<ulong> person) =>
        before.Grants(person) && after.Grants(person) && !before.TermsOf(person).AsSpan().SequenceEqual(after.TermsOf(person));

    public void AddHelp(ReadOnlySpan<ulong> person, Span<ulong> atoms)
    {
        if (!before.Grants(person)) { Granted.Help(before, person, atoms); return; }
        if (!after.Grants(person)) { Granted.Help(after, person, atoms); return; }
        // The terms are the same: some rule must come in or go out.
        foreach (var rule in before.Allows.Concat(before.Exceptions).Concat(after.Allows).Concat(after.Exceptions))
        {
            if (rule.Who.Holds(person)) rule.Who.AddLowering(atoms);
            else rule.Who.AddRaising(atoms);
        }
    }
}

/// <summary>Somebody gets a token that lives longer than it should.</summary>
internal sealed class LivesLonger(CellRules rules, TimeSpan bound) : IGoal
{
    public bool IsReached(ReadOnlySpan<ulong> person) => rules.LongestLife(person) > bound;

    public void AddHelp(ReadOnlySpan<ulong> person, Span<ulong> atoms)
    {
        if (!rules.Grants(person)) { Granted.Help(rules, person, atoms); return; }
        foreach (var rule in rules.Allows)
        {
            if (rule.Who.Holds(person)) rule.Who.AddLowering(atoms);
            else rule.Who.AddRaising(atoms);
        }
    }
}
