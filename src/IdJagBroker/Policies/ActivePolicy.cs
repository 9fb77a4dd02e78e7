namespace IdJagBroker.Policies;

/// <summary>The revision that decides now. A request takes it once and keeps it to its end.</summary>
internal sealed class ActivePolicy(PolicySnapshot initial)
{
    private volatile PolicySnapshot _current = initial;

    public PolicySnapshot Current => _current;
}
