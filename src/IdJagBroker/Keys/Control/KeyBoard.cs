using IdJagBroker.Keys.Life;

namespace IdJagBroker.Keys.Control;

/// <summary>The keys, and which running replicas have them, at one moment.</summary>
internal sealed record KeyBoard(IReadOnlyList<SigningKeyRow> Keys, IReadOnlyList<Replica> Replicas, Func<KeyPurpose, KeyTimes> Times, DateTimeOffset Now)
{
    /// <summary>Reads both.</summary>
    /// <exception cref="Npgsql.NpgsqlException">The database is away.</exception>
    public static async Task<KeyBoard> ReadAsync(KeyTable table, KeyProviders providers, TimeProvider clock, CancellationToken ct) =>
        new(await table.ReadAsync(ct), await table.ReadReplicasAsync(ct), providers.Current.TimesFor, clock.GetUtcNow());

    public SigningKeyRow? Find(string kid) => Keys.SingleOrDefault(key => key.Kid == kid);

    /// <summary>The key that is to follow in a slot, or null.</summary>
    public SigningKeyRow? NextOf(KeySlot slot) => Keys.SingleOrDefault(key => key.State is KeyState.Created or KeyState.Published && key.Slot == slot);

    /// <summary>The running replicas that have a key, and those that have not.</summary>
    public ILookup<bool, string> NodesBy(SigningKeyRow key) => Replicas.OrderBy(replica => replica.Node, StringComparer.Ordinal)
        .ToLookup(replica => replica.Kids.Contains(key.Kid), replica => replica.Node);

    /// <summary>What becomes of a key next, and when by the clock; null if nothing does any more.</summary>
    public (string Step, DateTimeOffset At)? NextStep(SigningKeyRow key) => key.State switch
    {
        KeyState.Created => ("publish", Now),
        KeyState.Published => ("activate", ActivationOf(key)),
        KeyState.Active when NextOf(key.Slot) is { } next => ("retire", ActivationOf(next)),
        KeyState.Active => ("rotate", key.Rotation is RotationRequest.None ? Later(KeyLife.NextAt(key, TimesOf(key))) : Now),
        KeyState.Retired when KeyLife.NextAt(key, TimesOf(key)) is { } at => ("remove", Later(at)),
        _ => null,
    };

    private DateTimeOffset ActivationOf(SigningKeyRow next) => KeyLife.IsEmergency(next.Slot, Keys, Replicas, Now)
        ? Now
        : Later(next.State is KeyState.Created ? Now + TimesOf(next).PublishAhead : KeyLife.NextAt(next, TimesOf(next)));

    private KeyTimes TimesOf(SigningKeyRow key) => Times(key.Purpose);

    // What is overdue is done with the next look at the keys.
    private DateTimeOffset Later(DateTimeOffset? at) => at > Now ? at.Value : Now;
}
