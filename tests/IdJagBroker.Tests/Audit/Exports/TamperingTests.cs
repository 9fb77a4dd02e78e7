using System.Globalization;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Audit.Exports;

/// <summary>
/// Somebody with every right on the database changes it at a random place, as cleverly as can be without the log's key. An export, its
/// verification and a checkpoint that was kept elsewhere find it each time, and say where.
/// </summary>
public sealed class TamperingTests(SharedExportBench shared) : IClassFixture<SharedExportBench>, IAsyncLifetime
{
    // The line changed, and with it everything that is counted from a line: the leaf, the columns.
    private const string Edit =
        """
        update audit_event set event = replace(event, '"client":"agent"', '"client":"agenx"'), client = 'agenx' where seq = {n};
        update audit_event set leaf = sha256('\x00'::bytea || convert_to(event, 'UTF8')) where seq = {n}
        """;

    private const string Renumber =
        """
        update audit_event set seq = seq + {by}, event = regexp_replace(event, '"seq":[0-9]+', '"seq":' || (seq + {by})) where seq >= {n};
        update audit_event set leaf = sha256('\x00'::bytea || convert_to(event, 'UTF8')) where seq >= {n}
        """;

    private const string Swap =
        """
        update audit_event set event = regexp_replace(event, '"seq":[0-9]+', '"seq":' || (case seq when {n} then {n} + 1 else {n} end)) where seq in ({n}, {n} + 1);
        update audit_event set seq = -seq where seq in ({n}, {n} + 1);
        update audit_event set seq = case seq when -{n} then {n} + 1 else {n} end where seq in (-{n}, -{n} - 1);
        update audit_event set leaf = sha256('\x00'::bytea || convert_to(event, 'UTF8')) where seq in ({n}, {n} + 1)
        """;

    private const string Insert =
        """
        insert into audit_event (seq, recorded_at, id, type, outcome, client, resource, leaf, event)
        select seq, recorded_at + interval '1 microsecond', id, type, outcome, client, resource, sha256('\x00'::bytea || convert_to(e, 'UTF8')), e from (
            select *, replace(event, to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), to_char((recorded_at + interval '1 microsecond') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) as e
            from audit_event where seq = {n}) copy
        """;

    // Everything that tells of the end goes too: the size, the tiles, the checkpoints. Only who kept a checkpoint knows better.
    private const string CutCleverly =
        """
        delete from audit_event where seq >= {n}; update audit_log set size = {n}; delete from audit_checkpoint where size > {n};
        delete from audit_event where type = 'log.checkpoint' and (event::json #>> '{data,size}')::bigint > {n}; update audit_log set size = (select max(seq) + 1 from audit_event)
        """;

    /// <summary>Whatever a test before left behind.</summary>
    public async ValueTask InitializeAsync() => await shared.Bench.RestoreAsync();

    public ValueTask DisposeAsync() => default;

    private static int Rounds => int.TryParse(Environment.GetEnvironmentVariable("IDJAG_TAMPER_ROUNDS"), CultureInfo.InvariantCulture, out var rounds) ? rounds : 3;

    [Theory]
    [InlineData("edit", Edit)]
    [InlineData("edit the line alone", """update audit_event set event = replace(event, '"client":"agent"', '"client":"agenx"') where seq = {n}""")]
    [InlineData("make it no line", """update audit_event set event = 'x' where seq = {n}""")]
    [InlineData("edit, and the leaf in the tree", Edit + "; update audit_tile set hashes = overlay(hashes placing (select leaf from audit_event where seq = {n}) from ({n} % 256) * 32 + 1) where level = 0 and index = {n} / 256")]
    [InlineData("delete", "delete from audit_event where seq = {n}")]
    [InlineData("delete and renumber", "delete from audit_event where seq = {n}; update audit_log set size = size - 1", "-1")]
    [InlineData("insert", Insert)]
    [InlineData("swap", Swap)]
    [InlineData("hide by client", "update audit_event set client = 'other' where seq = {n}")]
    [InlineData("hide by type", "update audit_event set type = 'other.type' where seq = {n}")]
    [InlineData("hide by outcome", "update audit_event set outcome = 'denied' where seq = {n}")]
    [InlineData("hide by person", "update audit_event set subject_key = 'x' where seq = {n}")]
    [InlineData("hide by server", "update audit_event set authserver = 'x' where seq = {n}")]
    [InlineData("hide by resource", "update audit_event set resource = '{}' where seq = {n}")]
    [InlineData("hide by jti", "update audit_event set jti = 'x' where seq = {n}")]
    [InlineData("hide by key", "update audit_event set kid = 'x' where seq = {n}")]
    [InlineData("hide by reason", "update audit_event set reason = 'x' where seq = {n}")]
    [InlineData("hide by break-glass", "update audit_event set breakglass = not breakglass where seq = {n}")]
    [InlineData("another id", "update audit_event set id = gen_random_uuid() where seq = {n}")]
    [InlineData("another leaf", "update audit_event set leaf = sha256('x') where seq = {n}")]
    [InlineData("move in time", "update audit_event set recorded_at = recorded_at + interval '1 microsecond' where seq = {n}")]
    [InlineData("another place", "update audit_event set seq = seq + 100000 where seq = {n}", null, 100_000)]
    [InlineData("cut", "delete from audit_event where seq >= {n}")]
    public async Task Is_found_at_its_event(string what, string sql, string? thenRenumberBy = null, long shift = 0)
    {
        var log = shared.Bench;
        Assert.Empty(await log.AuditAsync());
        foreach (var n in await PlacesAsync(log))
        {
            await log.ExecuteAsync(At(sql, n));
            if (thenRenumberBy is not null) await log.ExecuteAsync(At(Renumber.Replace("{by}", thenRenumberBy, StringComparison.Ordinal), n));
            var found = await log.AuditAsync();
            var checkpointBefore = await Sql.ScalarAsync<long>(log.ConnectionString, $"select coalesce(max(size), 0) from kept_checkpoint where size <= {n}");
            Assert.True(found.Any(finding => finding.Seq == n + shift || ((finding.File + finding.Sentence).Contains("tile/0/", StringComparison.Ordinal) && finding.Seq == n / 256 * 256)
                || (finding.Sentence.Contains("somebody changed both", StringComparison.Ordinal) && finding.Seq == checkpointBefore)),
                $"{what} at {n}: {string.Join(" ", found.Select(finding => finding.Sentence))}");
            await log.RestoreAsync();
        }
        Assert.Empty(await log.AuditAsync());
    }

    [Fact]
    public async Task Taking_the_end_away_with_all_that_tells_of_it_is_found_by_a_checkpoint_that_was_kept()
    {
        var log = shared.Bench;
        for (var round = 0; round < Rounds; round++)
        {
            var n = Random.Shared.NextInt64(log.First, log.Size);
            await log.ExecuteAsync(At(CutCleverly, n));
            var found = await log.AuditAsync();
            Assert.True(found.Any(finding => finding.Sentence.Contains($"The checkpoint that you kept has {log.Size} events", StringComparison.Ordinal)), $"cut at {n}: {string.Join(" ", found)}");
            await log.RestoreAsync();
        }
    }

    [Theory]
    [InlineData("update audit_tile set hashes = overlay(hashes placing '\\x00'::bytea from {byte}) where level = 0 and index = {tile}", "tile/0/00{tile}")]
    [InlineData("delete from audit_tile where level = 0 and index = {tile}", "tile/0/00{tile}")]
    [InlineData("update audit_tile set hashes = overlay(hashes placing '\\x00'::bytea from {byte} % 64 + 1) where level = 1", "tile/")]
    public async Task Of_the_tree_is_found_at_its_tile(string sql, string where)
    {
        var log = shared.Bench;
        for (var round = 0; round < Rounds; round++)
        {
            var tile = Random.Shared.NextInt64((log.Size + 255) / 256);
            var width = Math.Min(256, log.Size - (tile * 256));
            string Fill(string text) => text.Replace("{tile}", $"{tile}", StringComparison.Ordinal).Replace("{byte}", $"{Random.Shared.NextInt64(width * 32) + 1}", StringComparison.Ordinal);
            var statement = Fill(sql);
            await log.ExecuteAsync(statement);
            if (await Sql.ScalarAsync<long>(log.ConnectionString, "select count(*) from (select * from audit_tile except select * from kept_tile) changed") + await Sql.ScalarAsync<long>(log.ConnectionString, "select (select count(*) from kept_tile) - (select count(*) from audit_tile)") is 0) continue;     // the byte was zero
            var found = await log.AuditAsync();
            Assert.True(found.Any(finding => (finding.File + finding.Sentence).Contains(Fill(where), StringComparison.Ordinal)), $"{statement}: {string.Join(" ", found)}");
            await log.RestoreAsync();
        }
    }

    [Theory]
    [InlineData("delete from audit_checkpoint where size = {size}", "{size} events, which is missing")]
    [InlineData("update audit_checkpoint set root = sha256('x') where size = {size}", "{size} events")]
    [InlineData("update audit_checkpoint set note = 'x' where size = {size}", "{size}")]
    [InlineData("update audit_checkpoint set note = replace(note, E'\\n' || size || E'\\n', E'\\n' || (size - 1) || E'\\n') where size = {size}", "{size}")]
    public async Task Of_a_checkpoint_is_found_by_its_size(string sql, string where)
    {
        var log = shared.Bench;
        for (var round = 0; round < Rounds; round++)
        {
            var size = await Sql.ScalarAsync<long>(log.ConnectionString, "select size from audit_checkpoint order by random() limit 1");
            await log.ExecuteAsync(sql.Replace("{size}", $"{size}", StringComparison.Ordinal));
            var found = await log.AuditAsync();
            Assert.True(found.Any(finding => (finding.File + " " + finding.Sentence).Contains(where.Replace("{size}", $"{size}", StringComparison.Ordinal), StringComparison.Ordinal)), $"{size}: {string.Join(" ", found)}");
            await log.RestoreAsync();
        }
    }

    private static string At(string sql, long n) => sql.Replace("{n}", $"{n}", StringComparison.Ordinal);

    // Where an event of an agent is, with another after it, before the newest checkpoint.
    private static async Task<IReadOnlyList<long>> PlacesAsync(ExportBench log)
    {
        var places = new List<long>();
        for (var round = 0; round < Rounds; round++)
            places.Add(await Sql.ScalarAsync<long>(log.ConnectionString, $"select e.seq from audit_event e join audit_event n on n.seq = e.seq + 1 and n.type = e.type where e.type = 'test.good' and e.seq < {log.Size - 1} order by random() limit 1"));
        return places;
    }
}
