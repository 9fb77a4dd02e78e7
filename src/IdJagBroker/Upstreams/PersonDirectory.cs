using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.Extensions.Caching.Memory;
using Npgsql;

namespace IdJagBroker.Upstreams;

/// <summary>A person by the broker's own names: both random, neither derived from the upstream's.</summary>
/// <param name="SubjectKey">The name in the audit log.</param>
/// <param name="Sub">The name in ID-JAGs, where an authorization server's rule says <c>broker</c>.</param>
internal sealed record Person(string SubjectKey, string Sub);

/// <summary>
/// Gives each (upstream, stable identifier) its random names at first sight and the same ones ever after (D2). Only a first sight
/// costs a statement; the cost of a request does not grow with the number of people.
/// </summary>
internal sealed class PersonDirectory(NpgsqlDataSource database) : IDisposable
{
    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = 100_000 });

    /// <exception cref="NpgsqlException">The database is away.</exception>
    public ValueTask<Person> ResolveAsync(string upstreamIssuer, string stableId, CancellationToken ct)
    {
        var key = (upstreamIssuer, stableId);
        return _known.TryGetValue(key, out Person? known) ? ValueTask.FromResult(known!) : FindOrAddAsync(key, ct);
    }

    private async ValueTask<Person> FindOrAddAsync((string, string) key, CancellationToken ct)
    {
        var (upstreamIssuer, stableId) = key;
        var person = await FindAsync(upstreamIssuer, stableId, ct) ?? await AddAsync(upstreamIssuer, stableId, ct);
        return _known.Set(key, person, new MemoryCacheEntryOptions { Size = 1, SlidingExpiration = TimeSpan.FromHours(1) });
    }

    public void Dispose() => _known.Dispose();

    private async Task<Person?> FindAsync(string upstream, string stableId, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select subject_key, sub from person where upstream = $1 and upstream_id = $2");
        command.Parameters.Add(new() { Value = upstream });
        command.Parameters.Add(new() { Value = stableId });
        return await ReadAsync(command, ct);
    }

    private async Task<Person> AddAsync(string upstream, string stableId, CancellationToken ct)
    {
        // Two replicas may see a person first: the loser's names are dropped and the winner's returned.
        await using var command = database.CreateCommand(
            """
            insert into person (upstream, upstream_id, subject_key, sub) values ($1, $2, $3, $4)
            on conflict (upstream, upstream_id) do update set upstream = excluded.upstream
            returning subject_key, sub
            """);
        command.Parameters.Add(new() { Value = upstream });
        command.Parameters.Add(new() { Value = stableId });
        command.Parameters.Add(new() { Value = "s_" + RandomName() });
        command.Parameters.Add(new() { Value = RandomName() });
        return await ReadAsync(command, ct) ?? throw new InvalidOperationException("A person was neither added nor found.");
    }

    private static async Task<Person?> ReadAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new Person(reader.GetString(0), reader.GetString(1)) : null;
    }

    private static string RandomName() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
}
