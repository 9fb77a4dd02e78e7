namespace IdJagBroker.McpAuthorization;

/// <summary>
/// Records access tokens in this process: right for one replica whose tokens may end with it. Bounded: a record goes when its token expires, and when it is full of
/// living ones no more are issued (SEC-31).
/// </summary>
public sealed class InMemoryAccessTokenStore(TimeProvider clock, int capacity = InMemoryAccessTokenStore.StandardCapacity) : IAccessTokenStore
{
    /// <summary>How many tokens are recorded at once: some 60 MB.</summary>
    public const int StandardCapacity = 100_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, AccessTokenRecord> _tokens = new(StringComparer.Ordinal);
    private readonly PriorityQueue<string, DateTimeOffset> _expiries = new();
    private readonly Dictionary<(string Issuer, string JwtId), DateTimeOffset> _revokedIdJags = [];

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">It is full of what has not expired.</exception>
    public ValueTask<bool> TryAddAsync(AccessTokenRecord token, CancellationToken ct)
    {
        lock (_lock)
        {
            Forget(clock.GetUtcNow());
            if (_revokedIdJags.ContainsKey((token.IdJagIssuer, token.IdJagJwtId))) return ValueTask.FromResult(false);
            if (_expiries.Count >= capacity) throw new InvalidOperationException("The access token store is full.");
            _tokens.Add(token.JwtId, token);
            _expiries.Enqueue(token.JwtId, token.ExpiresAt);
            return ValueTask.FromResult(true);
        }
    }

    /// <inheritdoc/>
    public ValueTask<AccessTokenRecord?> FindAsync(string jwtId, CancellationToken ct)
    {
        lock (_lock) return ValueTask.FromResult(_tokens.GetValueOrDefault(jwtId));
    }

    /// <inheritdoc/>
    public ValueTask<int> RevokeAsync(AccessTokenSelection selection, DateTimeOffset idJagEndsAt, CancellationToken ct)
    {
        lock (_lock)
        {
            Forget(clock.GetUtcNow());
            if (selection is { IdJagIssuer: { } issuer, IdJagJwtId: { } jwtId }) Remember((issuer, jwtId), idJagEndsAt);
            string[] revoked = selection.JwtId is { } one
                ? _tokens.TryGetValue(one, out var token) && selection.Includes(token) ? [one] : []
                : [.. _tokens.Values.Where(selection.Includes).Select(it => it.JwtId)];
            foreach (var id in revoked) _tokens.Remove(id);
            return ValueTask.FromResult(revoked.Length);
        }
    }

    private void Forget(DateTimeOffset now)
    {
        while (_expiries.TryPeek(out var jwtId, out var expiresAt) && expiresAt <= now)
        {
            _expiries.Dequeue();
            _tokens.Remove(jwtId);
        }
    }

    // Forgotten when another one comes, and not for each token: past its end an ID-JAG is refused anyway.
    private void Remember((string Issuer, string JwtId) idJag, DateTimeOffset endsAt)
    {
        var now = clock.GetUtcNow();
        foreach (var (other, end) in _revokedIdJags)
            if (end <= now) _revokedIdJags.Remove(other);
        _revokedIdJags[idJag] = endsAt;
    }
}
