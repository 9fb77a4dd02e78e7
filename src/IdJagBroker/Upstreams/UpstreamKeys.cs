using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Upstreams;

/// <summary>
/// One upstream's keys: cached, refreshed by one request at a time, kept through an outage for a day, and never re-fetched faster
/// than the cool-down however many unknown <c>kid</c>s are presented (SEC-14, SEC-15).
/// </summary>
internal sealed partial class UpstreamKeys(UpstreamKeySource source, UpstreamMetadata metadata, TimeProvider clock, ILogger log)
{
    /// <summary>How long a key set is used without asking again.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);

    /// <summary>How long the last good key set is used while the upstream is away; then requests fail closed.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromHours(24);

    /// <summary>The shortest time between two fetches.</summary>
    public static readonly TimeSpan CoolDown = TimeSpan.FromSeconds(5);

    /// <summary>How far the cool-down grows while fetches bring nothing new.</summary>
    public static readonly TimeSpan MaxCoolDown = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private JsonWebKeySet? _keys;
    private Uri? _jwksUri;
    private DateTimeOffset _fetchedAt;
    private DateTimeOffset _nextFetch;
    private TimeSpan _coolDown = CoolDown;
    private Task? _fetch;

    /// <summary>The keys, with the one called <paramref name="keyId"/> among them if the upstream has it.</summary>
    /// <exception cref="UpstreamUnavailableException">There are none, or none recent enough.</exception>
    public ValueTask<JsonWebKeySet> GetAsync(string? keyId, CancellationToken ct)
    {
        Task? fetch;
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            var mustWait = !IsKnown(keyId) || now - _fetchedAt >= MaxAge;
            // A known key is not kept waiting for a refresh: that goes on beside it.
            if (!mustWait && now - _fetchedAt < Fresh) return ValueTask.FromResult(_keys!);
            if (_fetch is null && now >= _nextFetch) _fetch = FetchAsync();
            fetch = mustWait ? _fetch : null;
        }
        return AfterAsync(fetch, ct);
    }

    private async ValueTask<JsonWebKeySet> AfterAsync(Task? fetch, CancellationToken ct)
    {
        if (fetch is not null) await fetch.WaitAsync(ct);
        lock (_gate)
        {
            return _keys is not null && clock.GetUtcNow() - _fetchedAt < MaxAge ? _keys : throw new UpstreamUnavailableException(source.Upstream);
        }
    }

    private bool IsKnown(string? keyId)
    {
        if (_keys is null || keyId is null) return _keys is not null;
        foreach (var key in _keys.Keys)
            if (key.KeyId == keyId) return true;
        return false;
    }

    private async Task FetchAsync()
    {
        await Task.Yield();     // out of the lock
        FetchedKeys? fetched = null;
        try
        {
            fetched = await metadata.FetchKeysAsync(source, CancellationToken.None);
        }
        catch (Exception e)     // whatever an upstream's answer provokes: a fault past this line would leave _fetch standing, an outage until the restart
        {
            FetchFailed(log, source.Upstream, e);
        }
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            var changed = fetched is not null && _keys is not null && !SameKeys(_keys, fetched.Keys);
            var isNews = fetched is not null && (_keys is null || now - _fetchedAt >= Fresh || changed);
            _coolDown = isNews ? CoolDown : TimeSpan.FromTicks(Math.Min(_coolDown.Ticks * 2, MaxCoolDown.Ticks));
            _nextFetch = now + _coolDown;
            // SEC-17: an upstream that moves or changes its keys is worth a line, even when nobody notices otherwise.
            if (changed) KeysChanged(log, source.Upstream, Names(_keys!, except: fetched!.Keys), Names(fetched.Keys, except: _keys!));
            if (fetched is not null && _jwksUri is not null && fetched.JwksUri != _jwksUri) KeysMoved(log, source.Upstream, _jwksUri, fetched.JwksUri);
            if (fetched is not null) (_keys, _jwksUri, _fetchedAt) = (fetched.Keys, fetched.JwksUri, now);
            _fetch = null;
        }
    }

    // By thumbprint: a kid is whatever the upstream writes.
    private static string Names(JsonWebKeySet keys, JsonWebKeySet except) =>
        string.Join(' ', keys.Keys.Select(key => key.Thumbprint).Except(except.Keys.Select(key => key.Thumbprint)));

    private static bool SameKeys(JsonWebKeySet one, JsonWebKeySet other) =>
        one.Keys.Select(key => (key.KeyId, key.Thumbprint)).ToHashSet().SetEquals(other.Keys.Select(key => (key.KeyId, key.Thumbprint)));

    [LoggerMessage(1101, LogLevel.Warning, "The keys of upstream {Upstream} could not be fetched")]
    private static partial void FetchFailed(ILogger logger, string upstream, Exception exception);

    [LoggerMessage(1102, LogLevel.Warning, "Upstream {Upstream} changed its keys: gone are [{Gone}], new are [{New}]")]
    private static partial void KeysChanged(ILogger logger, string upstream, string gone, string @new);

    [LoggerMessage(1103, LogLevel.Warning, "Upstream {Upstream} moved its keys from {From} to {To}")]
    private static partial void KeysMoved(ILogger logger, string upstream, Uri from, Uri to);
}
