using System.Globalization;
using IdJagBroker.Audit;
using IdJagBroker.Storage;
using Npgsql;
using NpgsqlTypes;

namespace IdJagBroker.Receipts;

/// <summary>An ID-JAG as the log has it.</summary>
/// <param name="Event">The event of its issuance.</param>
/// <param name="IssuedAt">Its <c>iat</c>.</param>
/// <param name="Client">Whom it was issued to.</param>
/// <param name="SubjectKey">About whom.</param>
/// <param name="Resources">Of which MCP servers.</param>
internal sealed record IssuedIdJag(Guid Event, DateTimeOffset IssuedAt, string? Client, string? SubjectKey, IReadOnlyList<string> Resources)
{
    /// <summary>The ids of the receipts that there are.</summary>
    public HashSet<Guid> Receipts { get; } = [];
}

/// <summary>Looks ID-JAGs up in the log, by their <c>jti</c>.</summary>
internal sealed class IssuedIdJags(LogDatabase database, LogReader log, TimeProvider clock)
{
    /// <summary>How long after its issuance a receipt is taken: a server that was cut off for days can still report.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromDays(30);

    private const int PatienceSeconds = 2;

    // Another server's ID-JAG is not found, rather than found and refused: no answer, and no time that one takes, tells it from one that there
    // never was.
    // One jti after the other: of a thousand in a month without statistics, PostgreSQL takes so many rows to be found that it walks the month.
    private const string Find =
        """
        select e.jti, e.type = 'idjag.issued', e.event::jsonb #>> case when e.type = 'idjag.issued' then '{data,claims,iat}' else '{data,receipt}' end::text[], e.id, e.client, e.subject_key, e.resource
        from unnest($1) asked (jti), lateral (select * from audit_event e where e.jti = asked.jti and e.authserver = $2 and e.recorded_at >= $3
            and e.type in ('idjag.issued', 'idjag.redeemed', 'idjag.redeem_refused') offset 0) e
        order by e.recorded_at, e.seq
        """;

    /// <summary>Those of <paramref name="jtis"/> that were issued for that server in the last <see cref="MaxAge"/>. Waits for the log if it is behind.</summary>
    /// <param name="authServer">The server's issuer.</param>
    /// <param name="jtis">None twice.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <exception cref="AuditUnavailableException">The log is so far behind that a token could be missing from it.</exception>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<Dictionary<string, IssuedIdJag>> FindAsync(string authServer, IReadOnlyList<string> jtis, CancellationToken ct)
    {
        // To say "unknown" of a token that is only not placed yet would lose its receipt, and to miss a receipt that is not placed yet would
        // record it twice.
        if (!await log.CatchUpAsync(ct)) throw new AuditUnavailableException("The log is behind; a token may be missing from it.");
        return await ReadAsync(authServer, jtis, ct);
    }

    private async Task<Dictionary<string, IssuedIdJag>> ReadAsync(string authServer, IReadOnlyList<string> jtis, CancellationToken ct)
    {
        var found = new Dictionary<string, IssuedIdJag>(StringComparer.Ordinal);
        await using var command = database.Source.CreateCommand(Find);
        command.CommandTimeout = PatienceSeconds;
        command.Parameters.Add(new() { Value = jtis.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = authServer });
        command.Parameters.Add(new() { Value = (clock.GetUtcNow() - MaxAge).UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var jti = reader.GetString(0);
            // An issuance comes before its receipts in the log; what follows nothing that is known is nobody's.
            var (isIssuance, said) = (reader.GetBoolean(1), Text(reader, 2));
            if (isIssuance && long.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var issuedAt))
                found.TryAdd(jti, new IssuedIdJag(reader.GetGuid(3), DateTimeOffset.FromUnixTimeSeconds(issuedAt), Text(reader, 4), Text(reader, 5), reader.GetFieldValue<string[]>(6)));
            else if (!isIssuance && found.TryGetValue(jti, out var idJag) && Guid.TryParseExact(said, "D", out var receipt)) idJag.Receipts.Add(receipt);
        }
        return found;
    }

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
