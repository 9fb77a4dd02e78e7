using System.Globalization;
using IdJagBroker.Audit.Api;
using IdJagBroker.Storage;
using IdJagBroker.Tests.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Tests.Audit.Api;

/// <summary>A log of a hundred thousand events over three months, made at once, as the plans of searches see it.</summary>
public sealed class BigLog(BrokerPostgres postgres) : IAsyncLifetime
{
    private const string Fill =
        """
        do $$ begin
            for month in 0..2 loop
                execute format('create table %I partition of audit_event for values from (%L) to (%L)', 'audit_event_2026_0' || (6 + month),
                    to_char(timestamp '2026-06-01' + month * interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00', to_char(timestamp '2026-07-01' + month * interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00');
            end loop;
        end $$;
        insert into audit_event (seq, recorded_at, id, type, outcome, client, subject_key, authserver, resource, jti, kid, reason, leaf, event)
        select n, timestamptz '2026-06-01 00:00:00+00' + n * interval '75 seconds', gen_random_uuid(), t.type,
               case t.type when 'idjag.denied' then 'denied' when 'idjag.sign_failed' then 'error' else 'ok' end,
               'client-' || n % 20, 's_' || n % 1000, 'https://as.example', case when n % 50 = 7 then array['https://r1.example', 'https://r2.example'] else array['https://r' || n % 9 || '.example'] end,
               'jti-' || n, 'kid-1', case when t.type = 'idjag.denied' then case when n % 3 = 0 then 'NO_RULE_MATCHED' else 'DENIED_BY_RULE' end end, sha256(n::text::bytea),
               format('{"actor":{"key":"client-%s","kind":"client"},"data":{"rules":["rule-%s"]},"ip_net":"10.0.%s.0/24","policy_rev":"sha256:%s","seq":%s,"trace_id":"%s"}', n % 20, n % 30, n % 200, n % 4, n, md5(n::text))
        from generate_series(0, 99999) n, lateral (select case when n % 1000 = 3 then 'key.activated' when n % 700 = 5 then 'audit.read' when n % 800 = 9 then 'idjag.sign_failed' when n % 40 = 1 then 'idjag.denied' else 'idjag.issued' end as type) t;
        update audit_log set size = 100000, recorded_at = timestamptz '2026-06-01 00:00:00+00' + 99999 * interval '75 seconds';
        insert into signing_key (kid, purpose, algorithm, provider, place, state, public_jwk, reference, created_at, activated_at)
        values ('kid-1', 'id_jag', 'ES256', 'local', 'p', 'active', '{}', 'r', '2026-06-01', '2026-08-01');
        analyze audit_event;
        """;

    internal LogDatabase Database { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var connectionString = await postgres.CreateDatabaseAsync();
        await Sql.ExecuteAsync(connectionString + ";Command Timeout=120", Fill);
        Database = new LogDatabase(Options.Create(new DatabaseOptions { ConnectionString = connectionString }));
    }

    public ValueTask DisposeAsync() => Database.DisposeAsync();
}

/// <summary>Every search that is not refused is led by an index in the order of the log: it reads about as many rows as it gives, and sorts none.</summary>
public sealed class EventQueryPlanTests(BigLog log) : IClassFixture<BigLog>
{
    private static readonly DateTimeOffset Now = new(2026, 8, 26, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("", 1)]
    [InlineData("outcome=ok", 1.2)]
    [InlineData("type=idjag.issued", 1.2)]
    [InlineData("type=idjag.*", 1.2)]
    [InlineData("client=client-3", 1)]
    [InlineData("client=client-3&client=client-4", 1)]
    [InlineData("subject=s_17", 1)]
    [InlineData("subject=s_17&subject=s_18&subject=s_19", 1)]
    [InlineData("resource=https://r3.example", 1)]
    [InlineData("resource=https://r3.example&resource=https://r4.example", 1)]
    [InlineData("outcome=denied", 1)]
    [InlineData("outcome=denied&outcome=error", 1)]
    [InlineData("type=idjag.denied", 1)]
    [InlineData("type=key.activated", 1)]
    [InlineData("type=key.*,audit.read", 1)]
    [InlineData("type=key.*,idjag.denied", 1)]
    [InlineData("reason=NO_RULE_MATCHED", 1)]
    [InlineData("kid=kid-1", 1.2)]
    [InlineData("breakglass=true", 1)]
    [InlineData("client=client-1&outcome=denied", 1)]
    [InlineData("client=client-3&subject=s_3", 1)]
    public async Task Walks_an_index_in_order(string query, double rowsReadForEach)
    {
        foreach (var newest in new[] { true, false })
        {
            foreach (var after in new LogPosition?[] { null, new(new DateTimeOffset(2026, 7, 14, 0, 0, 0, TimeSpan.Zero), 49_536) })
            {
                var plan = await ExplainAsync(query, new LogSlice(newest, after, 100_000, 101));
                Assert.DoesNotContain("Seq Scan on audit_event", plan, StringComparison.Ordinal);
                Assert.DoesNotMatch(@"Sort\s+\(cost=[^)]*\) \(actual rows=[1-9]", plan);       // to sort nothing, of months that are ruled out, is no sorting
                Assert.DoesNotContain("Bitmap", plan, StringComparison.Ordinal);
                var removed = plan.Split('\n').Where(line => line.Contains("Rows Removed by Filter", StringComparison.Ordinal)).Sum(line => int.Parse(line.Split(':')[1], CultureInfo.InvariantCulture));
                Assert.True(removed <= 150 * rowsReadForEach, $"{removed} rows were read for nothing:\n{plan}");
            }
        }
    }

    [Theory]
    [InlineData("jti=jti-4711")]
    [InlineData("jti=jti-4711&jti=jti-4712")]
    [InlineData("jti=jti-1&jti=jti-2&jti=jti-3&jti=jti-4&jti=jti-5&jti=jti-6&jti=jti-7&jti=jti-8&jti=jti-9&jti=jti-10&jti=jti-10000&jti=jti-20000&jti=jti-30000&jti=jti-40000&jti=jti-50000&jti=jti-60000&jti=jti-70000&jti=jti-80000&jti=jti-90000&jti=none")]
    [InlineData("decision_id=018f3c2e-0000-7000-8000-000000000000")]
    public async Task Finds_a_single_event_by_its_own_index(string query)
    {
        var plan = await ExplainAsync(query, new LogSlice(Newest: true, null, 100_000, 101));
        Assert.Contains($"_{(query.StartsWith("jti", StringComparison.Ordinal) ? "jti" : "id")}_idx on ", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan on audit_event", plan, StringComparison.Ordinal);
        Assert.False(plan.Contains("Rows Removed", StringComparison.Ordinal), plan);
    }

    [Theory]
    [InlineData("q=rule-7")]
    [InlineData("rule=rule-7")]
    [InlineData("policy_rev=sha256:1")]
    [InlineData("ip=10.0.7.0/24")]
    [InlineData("trace_id=0123456789abcdef0123456789abcdef")]
    [InlineData("actor=client-3")]
    [InlineData("authserver=https://as.example")]
    [InlineData("q=x&outcome=denied")]
    [InlineData("q=x&type=idjag.denied")]
    [InlineData("q=x&kid=kid-1")]
    public async Task Looks_into_every_event_of_one_day_and_no_more(string query)
    {
        Assert.Equal("unbounded-search", (await RefusalAsync(query))!.Code);
        Assert.Equal("unbounded-search", (await RefusalAsync(query + "&from=2026-08-24T23:00:00Z"))!.Code);
        Assert.Equal("unbounded-search", (await RefusalAsync(query + "&to=2026-07-01T00:00:00Z"))!.Code);
        Assert.Null(await RefusalAsync(query + "&from=2026-08-25"));
        Assert.Null(await RefusalAsync(query + "&from=2026-07-01&to=2026-07-02"));
        Assert.Null(await RefusalAsync(query + "&client=client-3"));
        var plan = await ExplainAsync(query + "&from=2026-07-01&to=2026-07-02", new LogSlice(Newest: true, null, 100_000, 101));
        Assert.DoesNotContain("Seq Scan on audit_event", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("2026_08", plan, StringComparison.Ordinal);       // other months are not opened
    }

    [Theory]
    [InlineData("decision_id=018f3c2e-0000-7000-8000-000000000000")]
    [InlineData("jti=a")]
    [InlineData("subject=a")]
    [InlineData("resource=a")]
    [InlineData("reason=A")]
    [InlineData("breakglass=true")]
    [InlineData("type=key.*")]
    public async Task Looks_into_every_event_of_what_an_index_finds(string query) => Assert.Null(await RefusalAsync(query + "&q=x"));

    [Fact]
    public async Task A_reader_that_goes_on_is_refused_by_what_is_left_and_not_by_what_was_read()
    {
        var resolved = await ResolveAsync("q=x&from=2026-06-01");
        LogPosition At(string time) => new(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture), 1);
        bool Refused(bool newest, string after) => EventQuery.Of(resolved, new LogSlice(newest, At(after), 100_000, 10), Now).IsRefused(out _, out _);

        Assert.True(Refused(newest: false, "2026-08-24T23:00:00Z"));
        Assert.False(Refused(newest: false, "2026-08-25T01:00:00Z"));
        Assert.True(Refused(newest: true, "2026-06-02T01:00:00Z"));
        Assert.False(Refused(newest: true, "2026-06-01T23:00:00Z"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("q=rule-7")]
    [InlineData("client=client-1&outcome=denied")]
    [InlineData("resource=https://r2.example")]
    [InlineData("type=key.*")]
    public async Task A_step_passes_over_what_does_not_match_and_finds_what_a_search_finds(string query)
    {
        var reader = new IdJagBroker.Audit.LogReader(log.Database, TimeProvider.System);
        var resolved = await ResolveAsync(query + "&from=2026-07-01&to=2026-07-02");
        Assert.False(EventQuery.Of(resolved, new LogSlice(Newest: false, null, 100_000, 5_000), Now).IsRefused(out var search, out _));
        var found = (await reader.ReadAsync(search!, default)).Select(row => row.Seq).ToList();
        var (stepped, position, steps) = (new List<long>(), LogPosition.Beginning, 0);
        for (List<EventRow> rows = [default]; rows.Count > 0; steps++)
        {
            rows = await reader.ReadAsync(EventQuery.Step(resolved, new LogSlice(Newest: false, position, 100_000, 100)), default);
            stepped.AddRange(rows.Where(row => !row.Line.IsEmpty).Select(row => row.Seq));
            if (rows.Count > 0) position = rows[^1].Position;
        }
        Assert.NotEmpty(found);
        Assert.Equal(found, stepped);
        Assert.InRange(steps, 11, 14);      // 1,152 events a day, a hundred a step, whatever matches
    }

    private async Task<IdJagBroker.Hosting.Problem?> RefusalAsync(string query) =>
        EventQuery.Of(await ResolveAsync(query), new LogSlice(Newest: true, null, 100_000, 101), Now).IsRefused(out _, out var problem) ? problem : null;

    private async Task<ResolvedFilter> ResolveAsync(string query)
    {
        var parsed = EventFilter.Parse(new QueryCollection(QueryHelpers.ParseQuery(query)), [], Now);
        Assert.False(parsed.IsRefused(out var filter, out var problem), problem?.Title);
        return await ResolvedFilter.OfAsync(filter!, log.Database, TestCatalog.Empty, default);
    }

    private async Task<string> ExplainAsync(string query, LogSlice slice)
    {
        Assert.False(EventQuery.Of(await ResolveAsync(query), slice, Now).IsRefused(out var command, out var problem), problem?.Title);
        await using var connection = await log.Database.Source.OpenConnectionAsync();
        command!.Connection = connection;
        command.CommandText = "explain (analyze, timing off, summary off) " + command.CommandText;
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        return string.Join('\n', lines);
    }
}

internal static class TestCatalog
{
    public static readonly IdJagBroker.Policies.Catalog Empty = new("test", "test", [], [], [], [], [], []);
}
