namespace IdJagBroker.Egress;

/// <summary>
/// What another host publishes, kept: fetched by one request at a time, used while it is fresh, used for a day at most while fetching
/// fails, and never fetched faster than the cool-down, however often and by whomever it is asked for (SEC-14, SEC-15, CIMD-08).
/// </summary>
/// <param name="fetch">Fetches and checks. Whatever it throws is a failed fetch; <see cref="WithdrawnException"/> also ends the use of what is kept.</param>
/// <param name="clock">Tells the time.</param>
internal sealed class Kept<T>(Func<Task<Fetched<T>>> fetch, TimeProvider clock) where T : class, IPublished<T>
{
    /// <summary>How long anything is used after it was fetched; then requests fail closed.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromHours(24);

    /// <summary>The shortest time between two fetches.</summary>
    public static readonly TimeSpan CoolDown = TimeSpan.FromSeconds(5);

    /// <summary>How far the cool-down grows while fetches bring nothing new.</summary>
    public static readonly TimeSpan MaxCoolDown = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private T? _value;
    private DateTimeOffset _fetchedAt;
    private DateTimeOffset _freshUntil;
    private DateTimeOffset _nextFetch;
    private TimeSpan _coolDown = CoolDown;
    private string? _fault;
    private Task? _fetch;

    /// <summary>The time between two fetches while there is nothing; without it, the cool-down, which grows.</summary>
    public TimeSpan? RetryWhileEmpty { get; init; }

    /// <summary>
    /// Whether a request waits when what is kept is not fresh any more, so that what was taken back is not used once again. Only the
    /// first waits: while fetching fails, or if this is false, the fetch goes on beside the request.
    /// </summary>
    public bool WaitsForRefresh { get; init; }

    /// <summary>Asked before each fetch while there is nothing; false puts it off.</summary>
    public Func<bool> MayFetch { get; init; } = static () => true;

    /// <summary>Whether nothing is lost if this is forgotten.</summary>
    public bool IsIdle
    {
        get { lock (_gate) return _value is null && _fetch is null; }
    }

    /// <summary>What is kept, fetched first if it has to be; or why there is nothing.</summary>
    /// <param name="keyId">The key that it is asked for, or null.</param>
    /// <param name="ct">Ends the waiting, never the fetch: others wait for it too.</param>
    public ValueTask<KeptAnswer<T>> GetAsync(string? keyId, CancellationToken ct)
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            var answers = _value is not null && _value.Answers(keyId) && now - _fetchedAt < MaxAge;
            if (answers && now < _freshUntil) return new(new KeptAnswer<T>(_value, null));
            if (_fetch is null && now >= _nextFetch && (_value is not null || MayFetch())) _fetch = FetchAsync();
            var mustWait = !answers || (WaitsForRefresh && _fault is null);
            return mustWait && _fetch is not null ? WaitAsync(_fetch, ct) : new(Current(now));
        }
    }

    private async ValueTask<KeptAnswer<T>> WaitAsync(Task running, CancellationToken ct)
    {
        await running.WaitAsync(ct);
        lock (_gate) return Current(clock.GetUtcNow());
    }

    private KeptAnswer<T> Current(DateTimeOffset now) =>
        _value is not null && now - _fetchedAt < MaxAge ? new(_value, null) : new(null, _fault ?? "nothing has been fetched yet, and it is too soon to ask");

    private async Task FetchAsync()
    {
        await Task.Yield();     // out of the lock
        Fetched<T>? fetched = null;
        Exception? failure = null;
        try
        {
            fetched = await fetch();
        }
        catch (Exception e)     // whatever an answer provokes: a fault past this line would leave _fetch standing, an outage until the restart
        {
            failure = e;
        }
        lock (_gate) Settle(fetched, failure);
    }

    private void Settle(Fetched<T>? fetched, Exception? failure)
    {
        var now = clock.GetUtcNow();
        var isNews = fetched is not null && (_value is null || now >= _freshUntil || !_value.IsSameAs(fetched.Value));
        _coolDown = isNews ? CoolDown : TimeSpan.FromTicks(Math.Min(_coolDown.Ticks * 2, MaxCoolDown.Ticks));
        if (failure is WithdrawnException) _value = null;
        if (fetched is not null) (_value, _fetchedAt, _freshUntil) = (fetched.Value, now, now + fetched.FreshFor);
        _fault = failure?.Message;
        _nextFetch = now + (_value is null ? RetryWhileEmpty ?? _coolDown : _coolDown);
        _fetch = null;
    }
}
