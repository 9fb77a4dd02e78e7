using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys;

/// <summary>
/// The keys as this replica has them: what it signs with is always among what it publishes. Swapped as a whole when the table changes; the
/// last good state stays while the database is away.
/// </summary>
internal sealed partial class SigningKeyRing(KeyTable table, KeyProviders providers, TimeProvider clock, ILogger<SigningKeyRing> log) : IDisposable
{
    private readonly SemaphoreSlim _reading = new(1);
    private readonly Dictionary<string, ISigningKey> _opened = new(StringComparer.Ordinal);
    private volatile KeySnapshot _snapshot = KeySnapshot.Empty;
    private int _turn;

    /// <summary>This process, to the other replicas.</summary>
    public string Node { get; } = $"{Environment.MachineName}/{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";

    /// <summary>What the JWKS endpoint serves: keys whose tokens others verify. Empty until the table could be read.</summary>
    public JsonWebKeySet Published => _snapshot.Published;

    /// <summary>The public keys for one purpose that signs, has signed or is to sign: for whoever verifies inside the broker. Another purpose's key is not among them (SEC-28).</summary>
    public JsonWebKeySet PublishedFor(KeyPurpose purpose) => _snapshot.ByPurpose.GetValueOrDefault(purpose, KeySnapshot.NoKeys);

    /// <summary>Statements of vaults over keys that are not theirs, of the JWKS's keys (JWS).</summary>
    public ImmutableArray<string> Provenance => _snapshot.Provenance;

    /// <summary>Whether each kind of token that must be signed can be.</summary>
    public bool IsReady(IEnumerable<KeySlot> slots) => slots.All(slot => _snapshot.Signing.Any(key => Fits(key, slot.Purpose, slot.Algorithm)));

    /// <summary>A key for a kind of token: of several, in turn, the next that is not used up.</summary>
    /// <exception cref="SigningUnavailableException">There is none.</exception>
    /// <exception cref="SigningOverloadedException">All are used up for the moment.</exception>
    public ISigningKey For(KeyPurpose purpose, JwsAlgorithm algorithm)
    {
        var signing = _snapshot.Signing;
        var wait = TimeSpan.MaxValue;
        var fitting = 0;
        foreach (var key in signing) fitting += Fits(key, purpose, algorithm) ? 1 : 0;
        var passed = fitting > 1 ? (int)((uint)Interlocked.Increment(ref _turn) % (uint)fitting) : 0;     // of those that fit, or some would have a larger share
        for (var i = 0; i < 2 * signing.Length; i++)
        {
            var candidate = signing[i % signing.Length];
            if (!Fits(candidate, purpose, algorithm) || passed-- > 0) continue;
            if (candidate.Key is not IMeteredKey metered || metered.TryReserve(out var retryAfter)) return candidate.Key;
            if (retryAfter < wait) wait = retryAfter;
        }
        throw wait < TimeSpan.MaxValue ? new SigningOverloadedException(wait) : new SigningUnavailableException($"There is no active key for {purpose} {algorithm}.");
    }

    /// <summary>Reads the table, opens what is new, and reports what this replica has learned of.</summary>
    /// <exception cref="Npgsql.NpgsqlException">The database is away; what was known stays.</exception>
    public async Task ReloadAsync(CancellationToken ct)
    {
        await _reading.WaitAsync(ct);       // one after the other, so that an older state never replaces a newer one
        try
        {
            var stamp = await table.ReadStampAsync(ct);     // before the rows: at worst they are read once too often
            var rows = await table.ReadAsync(ct);
            await OpenAsync([.. rows.Where(row => row.State is KeyState.Published or KeyState.Active)], ct);
            _snapshot = KeySnapshot.Of(rows, _opened, stamp);
            await table.ReportAsync(Node, _snapshot.Learned, ct);
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Reads the table if it is not what is known or a key could not be opened; in any case says that this replica runs.</summary>
    /// <inheritdoc cref="ReloadAsync" path="/exception"/>
    public async Task RefreshAsync(CancellationToken ct)
    {
        if (_snapshot.IsWhole && _snapshot.Stamp == await table.ReadStampAsync(ct)) await table.ReportAsync(Node, _snapshot.Learned, ct);
        else await ReloadAsync(ct);
    }

    /// <summary>Opens a key and proves that it signs, and that it is the one that was recorded.</summary>
    /// <exception cref="SigningUnavailableException">It does not, or is not, or its store does not answer.</exception>
    public async Task<ISigningKey> OpenAsync(SigningKeyRow row, CancellationToken ct)
    {
        var provider = providers.Find(row.Provider) ?? throw new SigningUnavailableException($"There is no provider '{row.Provider}'.");
        var key = await provider.OpenAsync(row, ct);
        if (!row.IsOf(key.PublicKey)) throw new SigningUnavailableException("It is another key than the one that was recorded.");
        await StartSignature.ProveAsync(key, ct);
        return key;
    }

    public void Dispose() => _reading.Dispose();

    private bool Fits(SigningKeyInUse key, KeyPurpose purpose, JwsAlgorithm algorithm) =>
        key.Purpose == purpose && key.Key.Algorithm == algorithm && (key.NotAfter is not { } end || clock.GetUtcNow() < end);

    // All at once: one vault that hangs must not keep this replica from reporting that it runs.
    private async Task OpenAsync(SigningKeyRow[] rows, CancellationToken ct)
    {
        var missing = await TryOpenAsync([.. rows.Where(row => !_opened.ContainsKey(row.Kid))], ct);
        // A vault that failed is asked by one call at a time. That one got an answer, so the others need not wait for the next look.
        if (missing.Exists(one => one.Opened) && missing.Exists(one => !one.Opened)) await TryOpenAsync([.. missing.Where(one => !one.Opened).Select(one => one.Row)], ct);
        // What signs no more is let go: its private half may be in this process. Not disposed of, since a request may be signing with it.
        foreach (var gone in _opened.Keys.Except(rows.Select(row => row.Kid)).ToList()) _opened.Remove(gone);
    }

    private async Task<List<(SigningKeyRow Row, bool Opened)>> TryOpenAsync(SigningKeyRow[] rows, CancellationToken ct)
    {
        var opened = await Task.WhenAll(rows.Select(async row => (Row: row, Key: await TryOpenAsync(row, ct))));
        foreach (var (row, key) in opened)
            if (key is not null) _opened[row.Kid] = key;
        return [.. opened.Select(one => (one.Row, one.Key is not null))];
    }

    private async Task<ISigningKey?> TryOpenAsync(SigningKeyRow row, CancellationToken ct)
    {
        try
        {
            return await OpenAsync(row, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)      // whatever it was: the other keys still sign
        {
            NotOpened(row.Kid, row.Provider, e);
            return null;
        }
    }

    [LoggerMessage(1611, LogLevel.Error, "Key {Kid} of provider {Provider} cannot sign here")]
    private partial void NotOpened(string kid, string provider, Exception exception);
}

/// <summary>A key that signs now.</summary>
internal sealed record SigningKeyInUse(KeyPurpose Purpose, ISigningKey Key, DateTimeOffset? NotAfter);

/// <summary>The keys at one moment.</summary>
internal sealed record KeySnapshot(
    JsonWebKeySet Published, FrozenDictionary<KeyPurpose, JsonWebKeySet> ByPurpose, ImmutableArray<SigningKeyInUse> Signing, ImmutableArray<string> Learned, ImmutableArray<string> Provenance, bool IsWhole, long Stamp)
{
    public static JsonWebKeySet NoKeys { get; } = new([]);

    public static KeySnapshot Empty { get; } = new(NoKeys, FrozenDictionary<KeyPurpose, JsonWebKeySet>.Empty, [], [], [], false, -1);

    public static KeySnapshot Of(IReadOnlyList<SigningKeyRow> rows, IReadOnlyDictionary<string, ISigningKey> opened, long stamp)
    {
        var known = rows.Where(row => row.IsPublic).ToList();
        return new KeySnapshot(
            new JsonWebKeySet(known.Where(row => row.Purpose.IsInJwks()).Select(PublicKey)),
            known.GroupBy(row => row.Purpose).ToFrozenDictionary(group => group.Key, group => new JsonWebKeySet(group.Select(PublicKey))),
            [.. known.Where(row => row.State is KeyState.Active && opened.ContainsKey(row.Kid)).Select(row => new SigningKeyInUse(row.Purpose, opened[row.Kid], row.NotAfter))],
            [.. known.Where(row => row.State is KeyState.Retired || opened.ContainsKey(row.Kid)).Select(row => row.Kid)],
            [.. known.Where(row => row.Purpose.IsInJwks()).Select(row => row.Provenance).OfType<string>()],
            known.All(row => row.State is KeyState.Retired || opened.ContainsKey(row.Kid)), stamp);
    }

    private static JsonWebKey PublicKey(SigningKeyRow row)
    {
        using var jwk = JsonDocument.Parse(Encoding.UTF8.GetBytes(row.PublicJwk));
        return JsonWebKey.TryRead(jwk.RootElement) ?? throw new InvalidOperationException($"The public half of {row.Kid} is no key.");
    }
}
