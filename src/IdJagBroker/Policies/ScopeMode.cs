namespace IdJagBroker.Policies;

/// <summary>What becomes of a request of which only a part can be granted (C-21).</summary>
internal enum ScopeMode
{
    /// <summary>The part is granted, and the answer says so.</summary>
    Narrow,

    /// <summary>All or nothing.</summary>
    Exact,
}
