using System.Buffers.Binary;
using System.Collections.Frozen;
using Npgsql;

namespace IdJagBroker.Keys.Sealing;

/// <summary>
/// Seals what browsers keep for the broker (sessions, sign-ins under way) and what the database keeps for it (claims of people who are signed in, refresh tokens of
/// identity providers). All replicas have the same keys, which the vault protects; who has only the database, or only a cookie, has nothing.
/// </summary>
internal sealed class SealingKeyRing(SealingKeyTable table, TimeProvider clock) : IDisposable
{
    /// <summary>How long a key seals.</summary>
    public static readonly TimeSpan RotateEvery = TimeSpan.FromDays(30);

    /// <summary>How long it opens what it sealed: longer than anything is kept.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromDays(92);

    /// <summary>How long a key is there before it seals, so that every replica has it by then.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromMinutes(2);

    private const int IdBytes = 4;
    private readonly SemaphoreSlim _reading = new(1);
    private volatile FrozenDictionary<int, SealingKey> _keys = FrozenDictionary<int, SealingKey>.Empty;

    /// <summary>Whether anything can be sealed.</summary>
    public bool IsReady => _keys.Count > 0;

    /// <param name="plain">What nobody else may read or change.</param>
    /// <param name="purpose">What for; it opens for nothing else.</param>
    /// <exception cref="SigningUnavailableException">There is no key yet: the vault or the database has been away since the start.</exception>
    public byte[] Seal(ReadOnlySpan<byte> plain, string purpose)
    {
        var key = Current;
        var box = SealedBox.Seal(key.Key, plain, purpose);
        var output = new byte[IdBytes + box.Length];
        BinaryPrimitives.WriteInt32BigEndian(output, key.Id);
        box.CopyTo(output, IdBytes);
        return output;
    }

    /// <summary>Null if it was not sealed here for that purpose, or so long ago that its key is gone.</summary>
    /// <inheritdoc cref="Seal" path="/exception"/>
    public byte[]? Open(ReadOnlySpan<byte> input, string purpose)
    {
        if (!IsReady) throw None();
        return input.Length > IdBytes && _keys.TryGetValue(BinaryPrimitives.ReadInt32BigEndian(input), out var key) ? SealedBox.Open(key.Key, input[IdBytes..], purpose) : null;
    }

    /// <summary>Reads keys that are new, and makes the next when it is due.</summary>
    /// <exception cref="NpgsqlException">The database is away; what was known stays.</exception>
    /// <exception cref="SigningUnavailableException">What protects the keys is away; what was known stays.</exception>
    public async Task RefreshAsync(CancellationToken ct)
    {
        await _reading.WaitAsync(ct);
        try
        {
            await ReadAsync(ct);
            var now = clock.GetUtcNow();
            if (_keys.Values.Any(key => now - key.CreatedAt < RotateEvery)) return;
            await table.MakeIfDueAsync(RotateEvery, KeptFor, ct);
            await ReadAsync(ct);
        }
        finally
        {
            _reading.Release();
        }
    }

    public void Dispose() => _reading.Dispose();

    // The newest that all have by now; at the very first start there is only one.
    private SealingKey Current
    {
        get
        {
            var keys = _keys;
            if (keys.Count is 0) throw None();
            var since = clock.GetUtcNow() - Ahead;
            return keys.Values.Where(key => key.CreatedAt <= since).MaxBy(key => key.Id) ?? keys.Values.MinBy(key => key.Id)!;
        }
    }

    private async Task ReadAsync(CancellationToken ct)
    {
        var read = await table.ReadAsync(_keys.Keys, ct);
        if (read.Count > 0) _keys = _keys.Values.Concat(read).ToFrozenDictionary(key => key.Id);
    }

    private static SigningUnavailableException None() => new("There is no sealing key yet.");
}
