using System.Collections.Immutable;

namespace IdJagBroker.Policies.Analysis;

/// <summary>Somebody who shows something, with no more groups and claims than it takes.</summary>
/// <param name="Identity">Who vouches for them, and whether a rule names them.</param>
/// <param name="Has">Their groups, by alias, and claims.</param>
internal sealed record Witness(Identity Identity, ImmutableArray<string> Has)
{
    /// <inheritdoc/>
    public override string ToString()
    {
        var who = Identity.Subject ?? (Has.IsEmpty ? $"anybody of {Identity.Idp}" : "");
        var has = Has.IsEmpty ? "" : (Has.Length is 1 ? "group " : "groups ") + string.Join(" + ", Has);
        var tenant = Identity.Tenant switch { null => "", Identity.OtherTenant => "another tenant", var name => "tenant " + name };
        return string.Join(", ", new[] { who, has, tenant }.Where(part => part.Length > 0));
    }
}

/// <summary>What is looked for.</summary>
internal interface IGoal
{
    /// <summary>Whether somebody shows it.</summary>
    bool IsReached(ReadOnlySpan<ulong> person);

    /// <summary>Of somebody who does not: what they would have to get, at least some of it, to do.</summary>
    void AddHelp(ReadOnlySpan<ulong> person, Span<ulong> atoms);
}

/// <summary>
/// Finds out whether anybody shows something, over all sets of groups and claims, without going through them all. It starts with somebody who has nothing
/// that is not settled; where they do not show it, everybody who does has at least one of what could help: each of these is tried, and for the
/// next it is settled that the ones before are not had. So no set is looked at twice and none is missed.
/// </summary>
internal sealed class PersonSearch(Atoms atoms)
{
    /// <summary>After so many sets it is given up: then it is said that it is not known.</summary>
    public const int MaxSets = 200_000;

    private int _left;

    /// <summary>Whether the last search was given up.</summary>
    public bool GaveUp => _left <= 0;

    /// <summary>The set of somebody who shows it; null: nobody does, unless <see cref="GaveUp"/>.</summary>
    /// <param name="goal">What is looked for.</param>
    /// <param name="idp">Of which identity provider: others' groups are not had.</param>
    /// <param name="has">What they must have; null: nothing.</param>
    /// <param name="without">What they must not have; null: nothing.</param>
    public ulong[]? Find(IGoal goal, string idp, ulong[]? has = null, ulong[]? without = null)
    {
        _left = MaxSets;
        var person = has is null ? new ulong[atoms.Words] : (ulong[])has.Clone();
        var settled = (ulong[])person.Clone();
        if (without is not null) Bits.Add(settled, without);
        for (var i = 0; i < atoms.Count; i++)
            if (atoms[i].Idp is { } other && !string.Equals(other, idp, StringComparison.Ordinal)) Bits.Set(settled, i);
        if (!Go(goal, person, settled)) return null;
        for (var i = 0; i < atoms.Count; i++)
        {
            if (!Bits.Has(person, i) || (has is not null && Bits.Has(has, i))) continue;
            Bits.Clear(person, i);      // is it needed?
            if (!goal.IsReached(person)) Bits.Set(person, i);
        }
        return person;
    }

    public Witness Describe(Identity identity, ulong[] person) => new(identity, [.. Bits.Numbers(person).Select(number => atoms[number].Name).Order(StringComparer.Ordinal)]);

    private bool Go(IGoal goal, ulong[] person, ulong[] settled)
    {
        if (--_left <= 0) return false;
        if (goal.IsReached(person)) return true;
        var help = new ulong[person.Length];
        goal.AddHelp(person, help);
        for (var i = 0; i < help.Length; i++) help[i] &= ~settled[i];
        var settledHere = (ulong[])settled.Clone();
        foreach (var number in Bits.Numbers(help))
        {
            Bits.Set(settledHere, number);
            Bits.Set(person, number);
            if (Go(goal, person, settledHere)) return true;
            Bits.Clear(person, number);
            if (_left <= 0) return false;
        }
        return false;
    }
}
