namespace IdJagBroker.Keys.Life;

/// <summary>A running broker, by its own word.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Kids">The keys that it publishes and can sign with.</param>
internal sealed record Replica(string Node, IReadOnlySet<string> Kids);

/// <summary>
/// What is to be done next, from what is: created → published → active → retired → removed. Pure, so that whoever takes over in the middle
/// of a rotation goes on where it stands. No token names a <c>kid</c> that some replica's JWKS lacks, so a key becomes active only
/// when every live replica reports it.
/// </summary>
internal static class KeyLife
{
    /// <summary>The next step of each slot, and the removals; none when nothing is due.</summary>
    /// <param name="slots">The slots that must have a key.</param>
    /// <param name="keys">Every key there is, of whatever state.</param>
    /// <param name="replicas">The live ones; with none, nothing becomes active.</param>
    /// <param name="times">The mode's, for each purpose.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<KeyStep> Due(
        IReadOnlyCollection<KeySlot> slots, IReadOnlyList<SigningKeyRow> keys, IReadOnlyList<Replica> replicas, Func<KeyPurpose, KeyTimes> times, DateTimeOffset now)
    {
        var steps = new List<KeyStep>();
        foreach (var slot in slots)
            if (OfSlot(slot, keys, replicas, times(slot.Purpose), now) is { } step) steps.Add(step);
        foreach (var key in keys)
            if (IsLeftOver(key, slots, keys)) steps.Add(new KeyStep.Retire(key.Kid));
        foreach (var key in keys)
            if (key.State is KeyState.Retired && now >= RemovalAt(key)) steps.Add(new KeyStep.Remove(key.Kid));
        return steps;
    }

    /// <summary>When the step that a key waits for is due by the clock, or null: it waits for nothing, or for something else.</summary>
    public static DateTimeOffset? NextAt(SigningKeyRow key, KeyTimes times) => key.State switch
    {
        KeyState.Published => key.PublishedAt + times.PublishAhead,
        KeyState.Active => RotationAt(key, times),
        KeyState.Retired => RemovalAt(key),
        _ => null,
    };

    /// <summary>Whether the next key need not have been published for long. A key that nobody trusts any more, or none, is worth no wait for caches: they fetch again when they meet an unknown kid.</summary>
    /// <param name="slot">Whose next key it is about.</param>
    /// <param name="keys">All keys: while another place's key signs the same kind of token on every replica, a new place is no emergency and waits its time.</param>
    /// <param name="replicas">The live ones.</param>
    /// <param name="now">The time.</param>
    public static bool IsEmergency(KeySlot slot, IReadOnlyList<SigningKeyRow> keys, IReadOnlyList<Replica> replicas, DateTimeOffset now)
    {
        var signing = keys.Where(key => key.State is KeyState.Active && key.Purpose == slot.Purpose && key.Algorithm == slot.Algorithm.Name).ToList();
        if (signing.Find(key => key.Place == slot.Place) is { } active) return active.Rotation is RotationRequest.Emergency || active.NotAfter <= now;
        return !signing.Exists(other => !(other.NotAfter <= now) && replicas.All(replica => replica.Kids.Contains(other.Kid)));
    }

    /// <summary>Whether an operator may let a key sign before its time: every live replica has it, and no JWKS as we served it before is still kept.</summary>
    public static bool CanTakeOver(SigningKeyRow next, IReadOnlyList<Replica> replicas, DateTimeOffset now) =>
        next.State is KeyState.Published && now >= next.PublishedAt + KeyTimes.JwksLifetime && IsKnown(next, replicas);

    private static bool IsKnown(SigningKeyRow key, IReadOnlyList<Replica> replicas) =>
        replicas.Count > 0 && replicas.All(replica => replica.Kids.Contains(key.Kid));

    private static KeyStep? OfSlot(KeySlot slot, IReadOnlyList<SigningKeyRow> all, IReadOnlyList<Replica> replicas, KeyTimes times, DateTimeOffset now)
    {
        var keys = all.Where(key => key.Slot == slot).ToList();
        var active = keys.SingleOrDefault(key => key.State is KeyState.Active);
        var next = keys.Where(key => key.State is KeyState.Created or KeyState.Published).MinBy(key => key.CreatedAt);
        if (next is null) return active is null || IsDue(active, times, now) ? new KeyStep.Create(slot) : null;
        if (next.NotAfter <= now) return new KeyStep.Remove(next.Kid);       // kept waiting for so long that it could not sign
        if (next.State is KeyState.Created) return new KeyStep.Publish(next.Kid);
        var emergency = IsEmergency(slot, all, replicas, now);
        var waited = now >= next.PublishedAt + times.PublishAhead;
        if (!waited && !emergency) return null;
        var patience = emergency && now >= next.PublishedAt + KeyTimes.EmergencyPatience && replicas.Any(replica => replica.Kids.Contains(next.Kid));
        return IsKnown(next, replicas) || patience ? new KeyStep.Activate(next.Kid, active?.Kid, Emergency: !waited && keys.Count > 1) : null;
    }

    // What some keys signed is verified for as long as there is a log.
    private static DateTimeOffset? RemovalAt(SigningKeyRow retired) => retired.Purpose.IsKept() ? null : retired.RetiredAt + KeyTimes.StayPublished;

    // After a change of mode or of vaults: the old place's key signs until the new one's does.
    private static bool IsLeftOver(SigningKeyRow key, IReadOnlyCollection<KeySlot> slots, IReadOnlyList<SigningKeyRow> keys) =>
        key.State is KeyState.Active && !slots.Contains(key.Slot)
        && keys.Any(other => other.State is KeyState.Active && slots.Contains(other.Slot) && other.Purpose == key.Purpose && other.Algorithm == key.Algorithm);

    private static bool IsDue(SigningKeyRow active, KeyTimes times, DateTimeOffset now) =>
        active.Rotation is not RotationRequest.None || now >= RotationAt(active, times);

    // Early enough that the next key has been published long enough when this one's time is over.
    private static DateTimeOffset RotationAt(SigningKeyRow active, KeyTimes times)
    {
        var at = active.ActivatedAt!.Value + times.RotateEvery - times.PublishAhead;
        return active.NotAfter is { } end && end - (2 * times.PublishAhead) < at ? end - (2 * times.PublishAhead) : at;
    }
}
