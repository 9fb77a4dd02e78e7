using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys.Life;

/// <summary>
/// The slots that must have a key: for each kind of token both algorithms, so that a new audience that reads only RS256 waits for
/// nothing; in each place that the mode's provider names.
/// </summary>
internal sealed class KeyNeeds(KeyProviders providers)
{
    private static readonly (KeyPurpose, JwsAlgorithm)[] Kinds =
        [(KeyPurpose.IdJag, JwsAlgorithm.ES256), (KeyPurpose.IdJag, JwsAlgorithm.RS256), (KeyPurpose.AccessToken, JwsAlgorithm.ES256)];

    public IReadOnlyList<KeySlot> Slots { get; } =
        [.. Kinds.SelectMany(kind => providers.Current.Places(kind.Item1, kind.Item2), (kind, place) => new KeySlot(kind.Item1, kind.Item2, place))];
}
