namespace IdJagBroker.Policies.Decisions;

/// <summary>What a request lacks of what a rule asks beyond person, client and scope. In the order in which one of several is named: what nobody can mend by signing in again comes first.</summary>
[Flags]
internal enum Unmet
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The rule does not apply yet.</summary>
    NotYet = 1 << 0,

    /// <summary>The rule no longer applies.</summary>
    Expired = 1 << 1,

    /// <summary>Not in these hours.</summary>
    Hours = 1 << 2,

    /// <summary>Not from there.</summary>
    Network = 1 << 3,

    /// <summary>Not with that device.</summary>
    Device = 1 << 4,

    /// <summary>Not by a client that authenticates so.</summary>
    ClientAuth = 1 << 5,

    /// <summary>Not without a key.</summary>
    Dpop = 1 << 6,

    /// <summary>Not without naming the resource.</summary>
    Resource = 1 << 7,

    /// <summary>Not in that authentication context.</summary>
    Acr = 1 << 8,

    /// <summary>Not by these methods.</summary>
    Amr = 1 << 9,

    /// <summary>Not so long after signing in.</summary>
    SignInAge = 1 << 10,

    /// <summary>What another sign-in can mend.</summary>
    SignIn = Acr | Amr | SignInAge,

    /// <summary>That the rule is not in force.</summary>
    Window = NotYet | Expired | Hours,
}

/// <summary>What is lacking, in the words of the files.</summary>
internal static class UnmetWords
{
    private static readonly (Unmet Flag, string Word)[] All =
    [
        (Unmet.NotYet, "validity.from"), (Unmet.Expired, "validity.until"), (Unmet.Hours, "during"), (Unmet.Network, "require.network"), (Unmet.Device, "require.device"),
        (Unmet.ClientAuth, "require.clientAuth"), (Unmet.Dpop, "require.dpop"), (Unmet.Resource, "require.resource"), (Unmet.Acr, "require.auth.acr"),
        (Unmet.Amr, "require.auth.amr"), (Unmet.SignInAge, "require.auth.maxAge"),
    ];

    public static IEnumerable<string> Words(this Unmet unmet) => All.Where(one => unmet.HasFlag(one.Flag)).Select(one => one.Word);
}
