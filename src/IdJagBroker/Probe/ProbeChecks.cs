using IdJagBroker.Probe.Checks;

namespace IdJagBroker.Probe;

/// <summary>Every check, in the order in which they are asked.</summary>
internal static class ProbeChecks
{
    /// <summary>Asked at the very end: what it finds tells whether the refusals before it were about the ID-JAGs.</summary>
    public const string Control = "good.after";

    public static IReadOnlyList<ProbeCheck> All { get; } =
    [
        .. MetadataChecks.All, .. AnswerChecks.All, .. AccessTokenChecks.All, .. VariationChecks.All, .. ClaimChecks.All, .. HeaderChecks.All, .. RequestChecks.All, .. BindingChecks.All, .. RequestChecks.OfStrangers,
        new(Control, Severity.Must, ["RAS-41", "SEC-30"], "a good ID-JAG once more, after everything else", "Let nothing that a stranger sends with a client's id stop that client: limit attempts by address, not by client alone.",
            async (session, ct) => Granted.Judge(await session.RedeemAsync(session.IdJag(), null, ct))),
    ];
}
