using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys.Life;

/// <summary>
/// The slots that must have a key, in each place that the mode's provider names: for ID-JAGs both algorithms, so that a new audience that
/// reads only RS256 waits for nothing; for what the broker and its auditors verify, ES256.
/// </summary>
internal sealed class KeyNeeds(KeyProviders providers)
{
    private static readonly (KeyPurpose, JwsAlgorithm)[] Kinds =
    [
        (KeyPurpose.IdJag, JwsAlgorithm.ES256), (KeyPurpose.IdJag, JwsAlgorithm.RS256), (KeyPurpose.AccessToken, JwsAlgorithm.ES256),
        (KeyPurpose.AuditCheckpoint, JwsAlgorithm.ES256), (KeyPurpose.AuditExport, JwsAlgorithm.ES256),
    ];

    public IReadOnlyList<KeySlot> Slots { get; } =
        [.. Kinds.SelectMany(kind => providers.Current.Places(kind.Item1, kind.Item2), (kind, place) => new KeySlot(kind.Item1, kind.Item2, place))];

    /// <summary>Those of them without which clients get no token, and a replica is not ready.</summary>
    public IEnumerable<KeySlot> OfTokens => Slots.Where(slot => slot.Purpose.IsInJwks());
}
