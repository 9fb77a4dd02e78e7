namespace IdJagBroker.Keys.Life;

/// <summary>The times of a key's life.</summary>
/// <param name="PublishAhead">How long it is published before it signs: at least as long as verifiers may cache the JWKS.</param>
/// <param name="RotateEvery">How long it signs until the next takes over.</param>
internal sealed record KeyTimes(TimeSpan PublishAhead, TimeSpan RotateEvery)
{
    /// <summary>Of a key that nobody can take away: published for a day, and then it signs for 90.</summary>
    public static readonly KeyTimes OfLongLife = new(PublishAhead: TimeSpan.FromHours(24), RotateEvery: TimeSpan.FromDays(90));

    /// <summary>How long verifiers may keep our JWKS: what its <c>Cache-Control</c> says.</summary>
    public static readonly TimeSpan JwksLifetime = TimeSpan.FromMinutes(15);

    /// <summary>
    /// How long a token's key that signs no more stays published: the longest life of a token, the skew of its readers, and the time that a replica
    /// may take to hear of the change and go on signing.
    /// </summary>
    public static readonly TimeSpan StayPublished = TimeSpan.FromMinutes(60) + TimeSpan.FromSeconds(60) + TimeSpan.FromSeconds(30);

    /// <summary>A replica that has not been heard of for so long is gone, and nobody waits for it.</summary>
    public static readonly TimeSpan ReplicaGone = TimeSpan.FromSeconds(15);

    /// <summary>In an emergency: how long the replicas are waited for at the most.</summary>
    public static readonly TimeSpan EmergencyPatience = TimeSpan.FromSeconds(10);
}
