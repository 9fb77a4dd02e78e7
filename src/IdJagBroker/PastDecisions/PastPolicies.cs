using IdJagBroker.Audit;
using IdJagBroker.Policies;
using IdJagBroker.Revisions;
using Microsoft.Extensions.Caching.Memory;
using Npgsql;

namespace IdJagBroker.PastDecisions;

/// <summary>Revisions that once decided, by name, ready to be asked again.</summary>
internal sealed class PastPolicies(NpgsqlDataSource database, RevisionCheck check) : IDisposable
{
    private const int MaxKept = 32;
    private readonly MemoryCache _kept = new(new MemoryCacheOptions { SizeLimit = MaxKept });

    /// <summary>The revision; null if it is not known here, or is not what its name says.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<PolicySnapshot?> FindAsync(string revision, CancellationToken ct)
    {
        if (_kept.TryGetValue(revision, out PolicySnapshot? kept)) return kept;
        await using var connection = await database.OpenConnectionAsync(ct);
        if (await PolicyRevisionTable.FindAsync(connection, revision, ct) is not { } files) return null;
        var snapshot = check.Check(files).Snapshot;
        if (snapshot is null || snapshot.Revision != revision) return null;     // somebody was at the table, or this version reads it otherwise
        return _kept.Set(revision, snapshot, new MemoryCacheEntryOptions { Size = 1 });
    }

    public void Dispose() => _kept.Dispose();
}
