using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys.Life;

/// <summary>A kind of key that is needed only where something is configured that signs with it.</summary>
internal sealed record KeyKind(KeyPurpose Purpose, JwsAlgorithm Algorithm);

/// <summary>
/// The slots that must have a key, in each place that the mode's provider names: for ID-JAGs both algorithms, so that a new audience that
/// reads only RS256, by whatever revision of the policy, waits for nothing, and for ID Tokens, so that sign-in can be switched on by a revision too; for what the broker and its
/// auditors verify, ES256.
/// </summary>
internal sealed class KeyNeeds(KeyProviders providers, IEnumerable<KeyKind> others)
{
    private static readonly KeyKind[] Kinds =
    [
        new(KeyPurpose.IdJag, JwsAlgorithm.ES256), new(KeyPurpose.IdJag, JwsAlgorithm.RS256), new(KeyPurpose.AccessToken, JwsAlgorithm.ES256),
        new(KeyPurpose.IdToken, JwsAlgorithm.RS256), new(KeyPurpose.IdToken, JwsAlgorithm.ES256), new(KeyPurpose.ClientAssertion, JwsAlgorithm.RS256),
        new(KeyPurpose.AuditCheckpoint, JwsAlgorithm.ES256), new(KeyPurpose.AuditExport, JwsAlgorithm.ES256),
    ];

    public IReadOnlyList<KeySlot> Slots { get; } =
        [.. Kinds.Concat(others).SelectMany(kind => providers.Current.Places(kind.Purpose, kind.Algorithm), (kind, place) => new KeySlot(kind.Purpose, kind.Algorithm, place))];

    /// <summary>Those of them without which clients get no ID-JAG, and a replica is not ready. Without the others there is no sign-in, no access for administrators or no proof yet, and everything else goes on.</summary>
    public IEnumerable<KeySlot> OfIdJags => Slots.Where(slot => slot.Purpose is KeyPurpose.IdJag);
}
