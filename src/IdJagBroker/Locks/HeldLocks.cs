using IdJagBroker.Audiences;
using IdJagBroker.Audit;
using IdJagBroker.Clients;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Upstreams;
using Npgsql;

namespace IdJagBroker.Locks;

/// <summary>
/// The locks in memory: the token path asks here and reads no table. A lock that is held stays in force while the database is away; but who has
/// not read the locks lately does not know of all of them, and issues nothing.
/// </summary>
internal sealed class HeldLocks(LockTable table, TimeProvider clock) : IDisposable
{
    /// <summary>The oldest reading that something is issued on: several looks (<see cref="LocksWatch"/>) have failed by then.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _reading = new(1);
    private volatile Reading? _read;

    /// <summary>Whether something can be issued, as far as locks go.</summary>
    public bool IsCurrent => _read is { } read && IsCurrentAs(read);

    /// <summary>
    /// Null, or the refusal with <c>access_denied</c> of what is locked. The client never hears that there is a lock (IDP-45); the log hears which,
    /// by <paramref name="attempt"/>.
    /// </summary>
    /// <exception cref="LocksUnavailableException">None that is known is in the way, and they were not read lately.</exception>
    public OAuthError? ForRequest(Authenticated<CatalogClient> client, ResolvedAudience audience, Person person, IssuanceAttempt attempt)
    {
        var read = _read;
        var found = read?.Locks.FindFor(
            client.Registration.Alias, client.ClientId, audience.AuthorizationServer.Issuer.Value, audience.ResourceUris, person.SubjectKey, clock.GetUtcNow());
        return Answer(read, found, attempt);
    }

    /// <summary>The same for a sign-in, before anybody says for which server.</summary>
    /// <param name="client">The client's alias.</param>
    /// <param name="clientId">The id under which it asks.</param>
    /// <param name="subjectKey">The person's random key.</param>
    /// <param name="attempt">Where the lock is noted.</param>
    /// <exception cref="LocksUnavailableException">None that is known is in the way, and they were not read lately.</exception>
    public OAuthError? ForSignIn(string client, string clientId, string subjectKey, IssuanceAttempt attempt)
    {
        var read = _read;
        return Answer(read, read?.Locks.FindForSignIn(client, clientId, subjectKey, clock.GetUtcNow()), attempt);
    }

    /// <summary>The same for the key that would sign.</summary>
    /// <exception cref="LocksUnavailableException">It is not known to be locked, and the locks were not read lately.</exception>
    public OAuthError? ForKey(ISigningKey key, IssuanceAttempt attempt)
    {
        var read = _read;
        return Answer(read, read?.Locks.FindForKey(key.PublicKey.KeyId ?? "", clock.GetUtcNow()), attempt);
    }

    /// <summary>Reads the locks and swaps them in as a whole.</summary>
    /// <exception cref="NpgsqlException">The database is away; what was known stays, and grows old.</exception>
    public Task ReloadAsync(CancellationToken ct) => ReadAsync(always: true, ct);

    /// <summary>Reads the locks if they are not those that are known; in any case what is known is as of now.</summary>
    /// <inheritdoc cref="ReloadAsync" path="/exception"/>
    public Task RefreshAsync(CancellationToken ct) => ReadAsync(always: false, ct);

    public void Dispose() => _reading.Dispose();

    private OAuthError? Answer(Reading? read, IssuanceLock? found, IssuanceAttempt attempt)
    {
        if (found is not null)
        {
            attempt.Lock = found.Id.ToString();
            return OAuthError.AccessDenied("not permitted").Because("LOCKED", found.Kind is LockKind.Everything ? "everything is locked" : $"the {found.Kind.Word()} is locked");
        }
        return read is not null && IsCurrentAs(read) ? null : throw new LocksUnavailableException();
    }

    private bool IsCurrentAs(Reading read) => clock.GetElapsedTime(read.At) <= MaxAge;

    private async Task ReadAsync(bool always, CancellationToken ct)
    {
        await _reading.WaitAsync(ct);       // one after the other, so that an older state never replaces a newer one
        try
        {
            var at = clock.GetTimestamp();      // before the rows: they are at least as new as that
            var now = clock.GetUtcNow();
            if (!always && _read is { } known && known.Stamp == await table.ReadStampAsync(now, ct))
            {
                _read = known with { At = at };
                return;
            }
            var locks = await table.ReadInForceAsync(now, ct);
            _read = new Reading(new LockSet(locks), LockTable.StampOf(locks), at);
        }
        finally
        {
            _reading.Release();
        }
    }

    private sealed record Reading(LockSet Locks, (long Count, decimal Sum) Stamp, long At);
}
