namespace IdJagBroker.McpAuthorization.Clients;

/// <summary>What a fetch brought, and how long it is used without asking again.</summary>
internal sealed record Fetched<T>(T Value, TimeSpan FreshFor);

/// <summary>What is kept, or why there is nothing.</summary>
internal readonly record struct KeptAnswer<T>(T? Value, string? Fault) where T : class;

/// <summary>The publisher itself says, in a good answer, that what it published before holds no more: that ends the use of what is kept.</summary>
internal sealed class WithdrawnException(string message) : Exception(message);

/// <summary>
/// What a client publishes, kept: fetched by one request at a time, used while it is fresh, used for a day at most while fetching fails, and never
/// fetched faster than the cool-down, however often it is asked for and whatever <c>kid</c> is invented (CIMD-08, CIMD-14).
/// </summary>
/// <param name="fetch">Fetches and checks; whatever it throws is a failed fetch.</param>
/// <param name="answers">Whether a value has the key of that <c>kid</c>, or names no keys.</param>
/// <param name="clock">Tells the time.</param>
/// <param name="mayFetch">Asked before each fetch while there is nothing.</param>
/// <param name="onFailure">Told of a failed fetch.</param>
internal sealed class Kept<T>(
    Func<CancellationToken, Task<Fetched<T>>> fetch, Func<T, string?, bool> answers, TimeProvider clock, Func<bool> mayFetch, Action<Exception> onFailure) where T : class
{
    /// <summary>How long anything is used after it was fetched; then its client is refused.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromHours(24);

    /// <summary>The time between two fetches while there is nothing: a client that mends its document is not kept waiting.</summary>
    public static readonly TimeSpan RetryWhileEmpty = TimeSpan.FromSeconds(1);

    /// <summary>Otherwise the shortest time between two fetches, which doubles while they bring nothing that is asked for.</summary>
    public static readonly TimeSpan CoolDown = TimeSpan.FromSeconds(5);

    /// <summary>How far the cool-down grows.</summary>
    public static readonly TimeSpan MaxCoolDown = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private Fetched<T>? _kept;
    private DateTimeOffset _fetchedAt;
    private DateTimeOffset _nextFetch;
    private TimeSpan _coolDown = CoolDown;
    private string? _fault;
    private Task? _running;

    /// <summary>Whether nothing is lost if this is forgotten.</summary>
    public bool IsIdle
    {
        get { lock (_gate) return _kept is null && _running is null; }
    }

    /// <summary>What is kept, fetched first if it has to be; or why there is nothing.</summary>
    public async ValueTask<KeptAnswer<T>> GetAsync(string? keyId, CancellationToken ct)
    {
        Task? running;
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            if (_kept is not null && now < _fetchedAt + _kept.FreshFor && answers(_kept.Value, keyId)) return new(_kept.Value, null);
            if (_running is null && now >= _nextFetch && (_kept is not null || mayFetch())) _running = Task.Run(FetchAsync, CancellationToken.None);
            running = _running;
        }
        if (running is not null) await running.WaitAsync(ct);              // one caller's leaving must not end the others' fetch
        lock (_gate)
        {
            return _kept is not null && clock.GetUtcNow() < _fetchedAt + MaxAge
                ? new(_kept.Value, null)
                : new(null, _fault ?? "nothing has been fetched yet, and it is too soon to ask");
        }
    }

    private async Task FetchAsync()
    {
        Fetched<T>? fetched = null;
        Exception? failure = null;
        try
        {
            using var limit = new CancellationTokenSource(IssuerFetch.Timeout);
            fetched = await fetch(limit.Token);
        }
        catch (Exception e)     // whatever an answer provokes: a fault past this line would leave _running standing, an outage until the restart
        {
            failure = e;
            onFailure(e);
        }
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            var wasDue = _kept is null || now >= _fetchedAt + _kept.FreshFor;
            _coolDown = fetched is not null && wasDue ? CoolDown : TimeSpan.FromTicks(Math.Min(_coolDown.Ticks * 2, MaxCoolDown.Ticks));
            if (failure is WithdrawnException) _kept = null;
            if (fetched is not null) (_kept, _fetchedAt) = (fetched, now);
            _fault = failure?.Message;
            _nextFetch = now + (_kept is null ? RetryWhileEmpty : _coolDown);
            _running = null;
        }
    }
}
