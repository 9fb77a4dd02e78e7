namespace IdJagBroker.Audit;

/// <summary>The replay keys of one batch: each is claimed for the first event that brings it, and lost to all others.</summary>
internal sealed class Claims
{
    private readonly Dictionary<byte[], int> _places;

    private Claims(int capacity) => _places = new Dictionary<byte[], int>(capacity, DigestComparer.Instance);

    /// <summary>What is to be claimed, and the place of the one event that it is claimed for.</summary>
    public List<(ReplayKey Key, int Owner)> Wanted { get; } = [];

    /// <summary>Which event lost which key.</summary>
    public HashSet<(int Owner, ReplayKey Key)> Lost { get; } = [];

    public int Count => Wanted.Count;

    public bool IsLost(int owner)
    {
        foreach (var one in Lost)
            if (one.Owner == owner) return true;
        return false;
    }

    public static Claims Of(List<WaitingEvent> batch)
    {
        var claims = new Claims(batch.Count);
        for (var i = 0; i < batch.Count; i++)
            for (var k = 0; k < batch[i].Keys.Count; k++)
            {
                var key = batch[i].Keys[k];
                if (claims._places.TryAdd(key.Digest, claims.Wanted.Count)) claims.Wanted.Add((key, i));
                else claims.Lost.Add((i, key));
            }
        return claims;
    }

    /// <summary>Notes that the database had it already.</summary>
    public void Lose(int owner, byte[] digest) => Lost.Add((owner, Wanted[_places[digest]].Key));

    /// <summary>Digests by what is in them; their first bytes are as good as any hash.</summary>
    private sealed class DigestComparer : IEqualityComparer<byte[]>
    {
        public static DigestComparer Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] digest) => BitConverter.ToInt32(digest);
    }
}
