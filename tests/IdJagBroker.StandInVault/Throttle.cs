namespace IdJagBroker.StandIn;

/// <summary>A vault's limits: shares of a window of 10 s, which add up over kinds of keys; then 429 until the window ends.</summary>
public sealed class Throttle
{
    private readonly Lock _lock = new();
    private DateTimeOffset _windowEnds;
    private double _used;
    private double _created;

    /// <summary>A part, or a multiple, of the published limit of operations, for tests that have no 4,000 requests; 1 for the limit itself.</summary>
    public double Scale { get; set; } = 1;

    /// <summary>The same for making keys.</summary>
    public double CreationScale { get; set; } = 1;

    /// <summary>10 s, as published; a test may not want to wait.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Counts an operation; says how long to wait instead, if there were too many.</summary>
    internal TimeSpan? Take(string keyType, int bits, bool creates, DateTimeOffset now)
    {
        var hardware = keyType.EndsWith("-HSM", StringComparison.Ordinal);
        var limit = (creates, keyType[..2], bits) switch
        {
            (true, _, _) => 20,
            (_, "RS", > 3072) => 500,
            (_, "RS", > 2048) => 1000,
            _ => 4000,
        } / (hardware ? 2 : 1) * (creates ? CreationScale : Scale);
        lock (_lock)
        {
            if (now >= _windowEnds) (_windowEnds, _used, _created) = (now + Window, 0, 0);
            ref var spent = ref creates ? ref _created : ref _used;
            if (spent + (1 / limit) > 1 + 1e-9) return _windowEnds - now;
            spent += 1 / limit;
            return null;
        }
    }
}
