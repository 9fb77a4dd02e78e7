namespace IdJagBroker.Policies;

/// <summary>The revision that decides now. A request takes it once and keeps it to its end.</summary>
internal sealed class ActivePolicy(PolicySnapshot initial)
{
    private volatile PolicySnapshot _current = initial;

    /// <summary><see cref="PolicySnapshot.None"/> until there is one: then nobody is known and nothing is granted.</summary>
    public PolicySnapshot Current => _current;

    /// <summary>Lets another revision decide from the next request on. Whoever calls this has recorded it: the log names no policy that it does not know.</summary>
    public void Switch(PolicySnapshot next) => _current = next;
}
