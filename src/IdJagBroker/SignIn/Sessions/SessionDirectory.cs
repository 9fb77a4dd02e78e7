using Microsoft.Extensions.Caching.Memory;

namespace IdJagBroker.SignIn.Sessions;

/// <summary>
/// Sessions by name. What was read is believed for three seconds, so that a client that asks often costs no statement each time and no replica lets a session live
/// on for longer that another has ended.
/// </summary>
internal sealed class SessionDirectory(SessionTable table, TimeProvider clock) : IDisposable
{
    /// <summary>How long what was read is believed.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);

    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = 20_000 });

    /// <summary>The session; null if there is none, or it was ended.</summary>
    /// <exception cref="Npgsql.NpgsqlException">The database is away.</exception>
    public async ValueTask<SignInSession?> FindAsync(string sid, CancellationToken ct)
    {
        if (_known.TryGetValue(sid, out Read? known) && clock.GetElapsedTime(known!.At) < Fresh) return known.Session;
        var at = clock.GetTimestamp();      // before the row: it is at least as new as that
        if (await table.FindAsync(sid, ct) is not { IsEnded: false } session) return null;
        _known.Set(sid, new Read(session, at), new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = Fresh });
        return session;
    }

    /// <summary>Forgets what was read of a session that has changed.</summary>
    public void Forget(string sid) => _known.Remove(sid);

    public void Dispose() => _known.Dispose();

    private sealed record Read(SignInSession Session, long At);
}
