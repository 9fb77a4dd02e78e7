namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>Keeps values under random names for a short time; taking one removes it. Bounded, because strangers fill it.</summary>
internal sealed class OneTimeStore<T>(TimeSpan lifetime, int capacity, TimeProvider clock) where T : class
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (T Value, DateTimeOffset Expires)> _entries = new(StringComparer.Ordinal);

    /// <summary>Stores; null if there is no room.</summary>
    /// <returns>The name, 256 random bits.</returns>
    public string? Add(T value)
    {
        var name = RandomName.Create();
        lock (_gate)
        {
            if (_entries.Count >= capacity) RemoveExpired();
            if (_entries.Count >= capacity) return null;
            _entries.Add(name, (value, clock.GetUtcNow() + lifetime));
            return name;
        }
    }

    /// <summary>The value, which stays; null if it is unknown or expired.</summary>
    public T? Find(string? name)
    {
        lock (_gate)
            return name is not null && _entries.TryGetValue(name, out var entry) && clock.GetUtcNow() < entry.Expires ? entry.Value : null;
    }

    /// <summary>The value, for the only time; null if it is unknown, taken or expired.</summary>
    public T? Take(string? name)
    {
        lock (_gate)
            return name is not null && _entries.Remove(name, out var entry) && clock.GetUtcNow() < entry.Expires ? entry.Value : null;
    }

    private void RemoveExpired()
    {
        var now = clock.GetUtcNow();
        foreach (var name in _entries.Where(entry => now >= entry.Value.Expires).Select(entry => entry.Key).ToList())
            _entries.Remove(name);
    }
}
