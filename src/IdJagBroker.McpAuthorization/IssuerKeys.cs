using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization;

/// <summary>Verifies signatures with the keys of one issuer, wherever those are.</summary>
internal interface IIssuerKeys
{
    /// <summary><see cref="JwsFailure.None"/> and the key, or why not.</summary>
    /// <exception cref="IssuerKeysUnavailableException">The keys cannot be had.</exception>
    ValueTask<(JwsFailure Failure, JsonWebKey? Key)> VerifyAsync(CompactJws jws, IReadOnlyList<JwsAlgorithm> allowed, CancellationToken ct);
}

/// <summary>Keys that are in this process: the authorization server's own, when the MCP server runs beside it.</summary>
internal sealed class LocalIssuerKeys(JsonWebKeySet keys) : IIssuerKeys
{
    public ValueTask<(JwsFailure Failure, JsonWebKey? Key)> VerifyAsync(
        CompactJws jws, IReadOnlyList<JwsAlgorithm> allowed, CancellationToken ct) =>
        ValueTask.FromResult((JwsVerifier.Verify(jws, keys, allowed, out var key), key));
}

/// <summary>
/// The keys that an issuer publishes, kept for <see cref="Fresh"/>. An unknown <c>kid</c> causes at most one fetch per
/// <see cref="MinPause"/>, for all callers together, and ever fewer while nothing new comes (SEC-14). While the issuer is away the last
/// good set serves for <see cref="HardAge"/>, then nothing does (SEC-15).
/// </summary>
internal sealed class RemoteIssuerKeys(string issuer, IssuerKeySource source, TimeProvider clock, ILogger logger) : IIssuerKeys
{
    public static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);
    public static readonly TimeSpan HardAge = TimeSpan.FromHours(24);
    public static readonly TimeSpan MinPause = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private Snapshot? _snapshot;
    private Task? _refresh;
    private TimeSpan _pause = MinPause;
    private DateTimeOffset _notBefore = DateTimeOffset.MinValue;

    public async ValueTask<(JwsFailure Failure, JsonWebKey? Key)> VerifyAsync(
        CompactJws jws, IReadOnlyList<JwsAlgorithm> allowed, CancellationToken ct)
    {
        // Before the keys are asked for: a token whose alg is hopeless causes no fetch.
        if (jws.Header.Algorithm is not { } algorithm || !allowed.Contains(algorithm)) return (JwsFailure.AlgorithmNotAllowed, null);

        var snapshot = _snapshot;
        if (snapshot is null || clock.GetUtcNow() >= snapshot.FetchedAt + Fresh) snapshot = await RefreshAsync(ct);
        var failure = JwsVerifier.Verify(jws, snapshot.Keys, allowed, out var key);
        if (failure is not JwsFailure.KeyNotFound) return (failure, key);

        var newer = await RefreshAsync(ct);                                // perhaps the issuer has changed its keys
        if (ReferenceEquals(newer, snapshot)) return (failure, null);
        failure = JwsVerifier.Verify(jws, newer.Keys, allowed, out key);
        return (failure, key);
    }

    /// <summary>The newest set that there is, after at most one fetch that all waiting callers share.</summary>
    private async ValueTask<Snapshot> RefreshAsync(CancellationToken ct)
    {
        Task? refresh;
        lock (_lock)
        {
            if (_refresh is null && clock.GetUtcNow() >= _notBefore) _refresh = Task.Run(FetchAsync, CancellationToken.None);
            refresh = _refresh;
        }
        if (refresh is not null) await refresh.WaitAsync(ct);              // one caller's leaving must not end the others' fetch

        var now = clock.GetUtcNow();
        lock (_lock)
        {
            if (_snapshot is { } snapshot && now < snapshot.FetchedAt + HardAge) return snapshot;
            var wait = _notBefore - now;
            throw new IssuerKeysUnavailableException(issuer, wait > TimeSpan.FromSeconds(1) ? wait : TimeSpan.FromSeconds(1));
        }
    }

    private async Task FetchAsync()
    {
        JsonWebKeySet? keys = null;
        try
        {
            using var limit = new CancellationTokenSource(IssuerFetch.Timeout);
            keys = await source.FetchAsync(limit.Token);
        }
        catch (IssuerMismatchException)
        {
            // Not an outage but a wrong answer: it verifies nothing, so what waits for it is refused, not told to try again (SEC-10).
            Log.IssuerMetadataMismatch(logger, issuer);
            if (_snapshot is null) keys = new JsonWebKeySet([]);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException or InvalidDataException)
        {
            Log.IssuerKeysNotFetched(logger, issuer, e.GetType().Name, e.Message);
        }
        finally
        {
            Conclude(keys);
        }
    }

    private void Conclude(JsonWebKeySet? keys)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            var somethingNew = keys is not null && (_snapshot is null || !SameKeys(keys, _snapshot.Keys));
            var wasDue = _snapshot is not null && now >= _snapshot.FetchedAt + Fresh && keys is not null;
            _pause = somethingNew || wasDue ? MinPause : _notBefore == DateTimeOffset.MinValue ? MinPause : Min(_pause * 2, MaxPause);
            _notBefore = now + _pause;
            if (keys is not null) _snapshot = new Snapshot(somethingNew ? keys : _snapshot!.Keys, now);
            _refresh = null;
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static bool SameKeys(JsonWebKeySet a, JsonWebKeySet b) => a.Keys.Select(Identity).ToHashSet().SetEquals(b.Keys.Select(Identity));

    private static (string?, string?, string) Identity(JsonWebKey key) => (key.KeyId, key.AlgorithmName, key.Thumbprint);

    private sealed record Snapshot(JsonWebKeySet Keys, DateTimeOffset FetchedAt);
}
