using System.Collections.Frozen;
using IdJagBroker.Audit;
using IdJagBroker.Policies;
using IdJagBroker.Storage;
using Npgsql;
using NpgsqlTypes;

namespace IdJagBroker.PastDecisions;

/// <summary>Puts every decision of a time to a revision, page by page through the log.</summary>
internal sealed class ReplayRun(LogDatabase log, NpgsqlDataSource database, PastPolicies policies, FactHashes hashes)
{
    private const int PageSize = 2000;

    private const string Page =
        """
        select seq, recorded_at, event from audit_event where (recorded_at, seq) > ($1, $2) and recorded_at < $3
        and type in ('idjag.issued', 'idjag.denied') order by recorded_at, seq limit $4
        """;

    /// <param name="snapshot">The revision.</param>
    /// <param name="from">The beginning.</param>
    /// <param name="to">The end.</param>
    /// <param name="progress">Hears how many decisions are done, and up to when.</param>
    /// <param name="ct">Ends it.</param>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<ReplayTally> RunAsync(PolicySnapshot snapshot, DateTimeOffset from, DateTimeOffset to, Func<long, DateTimeOffset, Task>? progress, CancellationToken ct)
    {
        var revision = new RevisionReader(snapshot, hashes, await NamedPeople.OfAsync(database, snapshot, ct));
        var claims = new Dictionary<(string Revision, string Upstream), IReadOnlyCollection<string>>();
        var (tally, words) = (new ReplayTally(), new LogWords());
        var at = (RecordedAt: from, Seq: -1L);
        while (true)
        {
            var count = 0;
            await using (var command = log.Source.CreateCommand(Page))
            {
                command.Parameters.Add(new() { Value = at.RecordedAt.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
                command.Parameters.Add(new() { Value = at.Seq });
                command.Parameters.Add(new() { Value = to.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
                command.Parameters.Add(new() { Value = PageSize });
                await using var reader = await command.ExecuteReaderAsync(ct);
                while (await reader.ReadAsync(ct))
                {
                    count++;
                    at = (reader.GetFieldValue<DateTimeOffset>(1), reader.GetInt64(0));
                    if (RecordedDecision.Read(reader.GetFieldValue<byte[]>(2), words) is not { IsOfPolicy: true } past) continue;
                    var outcome = Replay.Of(revision, past, await ClaimsAsync(claims, past, ct), out var now);
                    tally.Add(past, outcome, now);
                }
            }
            if (progress is not null) await progress(tally.Decisions, at.RecordedAt);
            if (count < PageSize) return tally;
        }
    }

    // What the log would have of a token's claims: what the revision that decided listed.
    private async ValueTask<IReadOnlyCollection<string>> ClaimsAsync(Dictionary<(string, string), IReadOnlyCollection<string>> known, RecordedDecision past, CancellationToken ct)
    {
        if (past.Revision is not { } name) return [];
        if (known.TryGetValue((name, past.Upstream!), out var claims)) return claims;
        var idp = (await policies.FindAsync(name, ct))?.Catalog.Idps.GetValueOrDefault(past.Upstream!);
        return known[(name, past.Upstream!)] = idp is null ? [] : idp.PolicyClaims.ToFrozenSet(StringComparer.Ordinal);
    }
}
