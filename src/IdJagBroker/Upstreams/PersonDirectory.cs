using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using IdJagBroker.Upstreams.People;
using Microsoft.Extensions.Caching.Memory;
using Npgsql;

namespace IdJagBroker.Upstreams;

/// <summary>A person by the broker's own names: both random, neither derived from the upstream's.</summary>
/// <param name="SubjectKey">The name in the audit log.</param>
/// <param name="Sub">The name in ID-JAGs, where an authorization server's rule says <c>broker</c>.</param>
internal sealed record Person(string SubjectKey, string Sub);

/// <summary>
/// Gives each (upstream, stable identifier) its random names at first sight and the same ones ever after (D2), until the person is erased.
/// Only a first sight costs a statement; the cost of a request does not grow with the number of people.
/// </summary>
internal sealed class PersonDirectory(NpgsqlDataSource database, PersonDetailsKeeper details) : IDisposable
{
    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = 100_000 });
    private readonly Lock _gate = new();
    private long _erasures;

    /// <param name="upstreamIssuer">The upstream's issuer in the catalogue.</param>
    /// <param name="subject">The person.</param>
    /// <param name="address">From where the request came.</param>
    /// <param name="userAgent">With what.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public ValueTask<Person> ResolveAsync(string upstreamIssuer, VerifiedSubject subject, IPAddress? address, string? userAgent, CancellationToken ct)
    {
        if (!_known.TryGetValue((upstreamIssuer, subject.StableId), out KnownPerson? known)) return FindOrAddAsync(upstreamIssuer, subject, address, userAgent, ct);
        details.Notice(known!, subject, address, userAgent);
        return ValueTask.FromResult(known!.Person);
    }

    /// <summary>Forgets whom a key stood for.</summary>
    public void Forget(string subjectKey)
    {
        lock (_gate)
        {
            _erasures++;
            foreach (var key in _known.Keys)
                if (_known.TryGetValue(key, out KnownPerson? known) && known!.Person.SubjectKey == subjectKey) _known.Remove(key);
        }
    }

    /// <summary>Forgets everybody; whoever comes is looked up again.</summary>
    public void ForgetAll()
    {
        lock (_gate)
        {
            _erasures++;
            _known.Clear();
        }
    }

    /// <summary>Makes a command the statement that gives a person names, or finds those that they have: <c>subject_key</c> and <c>sub</c>.</summary>
    /// <param name="command">Of any connection.</param>
    /// <param name="upstream">The upstream's issuer in the catalogue.</param>
    /// <param name="stableId">What the upstream calls the person for ever.</param>
    public static void FirstSight(NpgsqlCommand command, string upstream, string stableId)
    {
        // Two replicas may see a person first: the loser's names are dropped and the winner's returned.
        command.CommandText =
            """
            insert into person (upstream, upstream_id, subject_key, sub) values ($1, $2, $3, $4)
            on conflict (upstream, upstream_id) do update set upstream = excluded.upstream
            returning subject_key, sub, null::bytea
            """;
        command.Parameters.Add(new() { Value = upstream });
        command.Parameters.Add(new() { Value = stableId });
        command.Parameters.Add(new() { Value = "s_" + RandomName() });
        command.Parameters.Add(new() { Value = RandomName() });
    }

    public void Dispose() => _known.Dispose();

    private async ValueTask<Person> FindOrAddAsync(string upstreamIssuer, VerifiedSubject subject, IPAddress? address, string? userAgent, CancellationToken ct)
    {
        var before = Volatile.Read(ref _erasures);
        var known = await FindAsync(upstreamIssuer, subject.StableId, ct) ?? await AddAsync(upstreamIssuer, subject.StableId, ct);
        lock (_gate)
        {
            // Read before somebody was erased, and perhaps of just that person: then it is not remembered.
            if (before == _erasures) _known.Set((upstreamIssuer, subject.StableId), known, new MemoryCacheEntryOptions { Size = 1, SlidingExpiration = TimeSpan.FromHours(1) });
        }
        details.Notice(known, subject, address, userAgent);
        return known.Person;
    }

    private async Task<KnownPerson?> FindAsync(string upstream, string stableId, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            "select p.subject_key, p.sub, d.digest from person p left join person_detail d using (subject_key) where p.upstream = $1 and p.upstream_id = $2");
        command.Parameters.Add(new() { Value = upstream });
        command.Parameters.Add(new() { Value = stableId });
        return await ReadAsync(command, ct);
    }

    private async Task<KnownPerson> AddAsync(string upstream, string stableId, CancellationToken ct)
    {
        await using var command = database.CreateCommand();
        FirstSight(command, upstream, stableId);
        return await ReadAsync(command, ct) ?? throw new InvalidOperationException("A person was neither added nor found.");
    }

    private static async Task<KnownPerson?> ReadAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new KnownPerson(new Person(reader.GetString(0), reader.GetString(1)), reader.IsDBNull(2) ? null : reader.GetFieldValue<byte[]>(2))
            : null;
    }

    private static string RandomName() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
}
