using Npgsql;
using NpgsqlTypes;

namespace IdJagBroker.Upstreams.People;

/// <summary>One person as kept, opened as far as it can be.</summary>
internal sealed record KeptPerson(string SubjectKey, string UpstreamIssuer, string UpstreamId, DateTimeOffset FirstSeen, PersonDetails? Details, DateTimeOffset? UpdatedAt)
{
    /// <summary>Whether there are details that the server's key does not open.</summary>
    public bool IsUnreadable => Details is null && UpdatedAt is not null;
}

/// <summary>The tables of people: kept and found.</summary>
internal sealed class PersonTable(NpgsqlDataSource database, PersonVault vault)
{
    /// <summary>The longest list of people who share an address.</summary>
    public const int MaxFound = 100;

    // The person's row is locked first, by whoever keeps and whoever erases: of who is erased nothing is kept afterwards.
    private const string Keep =
        """
        with who as (select subject_key from person where subject_key = $1 for update),
        key as (
            insert into person_key (subject_key, wrapped) select subject_key, $2 from who
            on conflict (subject_key) do update set wrapped = excluded.wrapped)
        insert into person_detail (subject_key, sealed, digest, email_digest) select subject_key, $3, $4, $5 from who
        on conflict (subject_key) do update set sealed = excluded.sealed, digest = excluded.digest, email_digest = excluded.email_digest, updated_at = clock_timestamp()
        """;

    private const string Select =
        """
        select p.subject_key, p.upstream, p.upstream_id, p.first_seen, k.wrapped, d.sealed, d.updated_at
        from person p left join person_detail d using (subject_key) left join person_key k using (subject_key)
        """;

    /// <summary>Replaces what is kept of a person; nothing if there is no such person any more.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task KeepAsync(string subjectKey, SealedDetails details, CancellationToken ct)
    {
        await using var command = database.CreateCommand(Keep);
        command.Parameters.Add(new() { Value = subjectKey });
        command.Parameters.Add(new() { Value = details.Wrapped });
        command.Parameters.Add(new() { Value = details.Sealed });
        command.Parameters.Add(new() { Value = details.Digest });
        command.Parameters.Add(new() { Value = (object?)details.EmailDigest ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea });
        await command.ExecuteNonQueryAsync(ct);
    }

    public Task<List<KeptPerson>> FindByKeyAsync(string subjectKey, CancellationToken ct) => ReadAsync("p.subject_key = $1", ct, subjectKey);

    public Task<List<KeptPerson>> FindByIdAsync(string upstreamIssuer, string upstreamId, CancellationToken ct) => ReadAsync("p.upstream = $1 and p.upstream_id = $2", ct, upstreamIssuer, upstreamId);

    public Task<List<KeptPerson>> FindByEmailAsync(string email, CancellationToken ct) => ReadAsync("d.email_digest = $1", ct, vault.EmailDigest(email)!);

    private async Task<List<KeptPerson>> ReadAsync(string where, CancellationToken ct, params object[] values)
    {
        await using var command = database.CreateCommand($"{Select} where {where} order by p.first_seen limit {MaxFound}");
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = new List<KeptPerson>();
        while (await reader.ReadAsync(ct))
        {
            var key = reader.GetString(0);
            var details = reader.IsDBNull(4) || reader.IsDBNull(5) ? null : vault.Open(key, reader.GetFieldValue<byte[]>(4), reader.GetFieldValue<byte[]>(5));
            found.Add(new KeptPerson(key, reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3), details, reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6)));
        }
        return found;
    }
}
