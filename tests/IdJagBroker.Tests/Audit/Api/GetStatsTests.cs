using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Audit.Api;

/// <summary><c>GET /admin/v1/audit/stats</c>: counts from what is kept by the hour, people, and connections that nobody uses.</summary>
public sealed class GetStatsTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private readonly BrokerFixture _broker = new(postgres);

    private AuditDesk Desk => new(_broker);

    public async ValueTask InitializeAsync()
    {
        await _broker.StartAsync();
        JsonObject Issued(string client, string person, params string[] resources) => AuditDesk.Event("idjag.issued", change: e =>
        {
            (e["client"], e["subject_key"], e["authserver"]) = (client, person, "https://as.example");
            e["resource"] = new JsonArray([.. resources.Select(resource => (JsonNode)resource)]);
        });
        JsonObject Denied(string client, string reason) => AuditDesk.Event("idjag.denied", "denied", e => (e["client"], e["reason"]) = (client, reason));
        await Desk.WriteAsync(
            Issued("c1", "s_1", "https://r1.example"), Issued("c1", "s_2", "https://r1.example"), Issued("c1", "s_1", "https://r1.example"),
            Issued("c1", "s_1", "https://r2.example"), Issued("c2", "s_3", "https://r1.example", "https://r2.example"), Denied("c1", "R_ONE"), Denied("c1", "R_TWO"), Denied("c2", "R_ONE"));
    }

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    private async Task<List<string>> RowsAsync(string query, string count = "events") =>
        [.. (await Desk.GetAsync("stats?" + query)).Is(HttpStatusCode.OK).Body["rows"]!.AsArray().Select(row => string.Join(' ', row!.AsObject().Where(member => member.Key is not "at").Select(member => member.Key == count ? $"= {member.Value}" : $"{member.Value}"))).Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData("total")]
    [InlineData("1h")]
    [InlineData("1d")]
    [InlineData("5m")]
    [InlineData("1m")]
    public async Task Counts_by_what_is_asked_for_in_every_step(string step)
    {
        // Steps that end while the test runs would part the counts.
        Assert.Equal(["R_ONE = 2", "R_TWO = 1"], Sum(await RowsAsync($"outcome=denied&by=reason&step={step}&type=idjag.*")));
        Assert.Equal(["R_ONE c1 = 1", "R_ONE c2 = 1", "R_TWO c1 = 1"], Sum(await RowsAsync($"outcome=denied&by=reason,client&step={step}&type=idjag.denied")));
        Assert.Equal(["c1 https://r1.example = 3", "c1 https://r2.example = 1", "c2 https://r1.example = 1", "c2 https://r2.example = 1"], Sum(await RowsAsync($"type=idjag.issued&by=client&by=resource&step={step}")));
        Assert.Equal(["= 3"], Sum(await RowsAsync($"outcome=denied&type=idjag.denied&step={step}")));
        Assert.Equal(["= 2"], Sum(await RowsAsync($"client=c1&reason=R_ONE&reason=R_TWO&step={step}")));
        Assert.Equal(["https://as.example = 2"], Sum(await RowsAsync($"resource=https://r2.example&authserver=https://as.example&by=authserver&step={step}")));
        Assert.Empty(await RowsAsync($"client=nobody&step={step}"));

        static List<string> Sum(List<string> rows) => [.. rows.GroupBy(row => row[..row.IndexOf("= ", StringComparison.Ordinal)]).Select(group => $"{group.Key}= {group.Sum(row => int.Parse(row[(row.IndexOf("= ", StringComparison.Ordinal) + 2)..], System.Globalization.CultureInfo.InvariantCulture))}")];
    }

    [Fact]
    public async Task Adds_up_days_that_are_over_and_the_hours_before_and_after_them()
    {
        await Sql.ExecuteAsync(_broker.ConnectionString, "update audit_rollup set hour = date_trunc('day', hour, 'UTC') - interval '3 days' + interval '5 hours' where reason = 'R_ONE'");
        await Sql.ExecuteAsync(_broker.ConnectionString, "update audit_rollup set hour = date_trunc('day', hour, 'UTC') - interval '2 days' + interval '23 hours' where reason = 'R_TWO'");
        var today = await Sql.ScalarAsync<DateTime>(_broker.ConnectionString, "select date_trunc('day', max(hour), 'UTC') from audit_rollup");
        string At(int days, int hours) => today.AddDays(-days).AddHours(hours).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
        Task<List<string>> CountedAsync(string from, string to, string step = "total") => RowsAsync($"type=idjag.denied&by=reason&step={step}&from={from}&to={to}");
        async Task AllAreRightAsync()
        {
            foreach (var step in (string[])["total", "1d", "1h"]) Assert.Equal(["R_ONE = 2", "R_TWO = 1"], await CountedAsync(At(3, 0), At(0, 1), step));
            Assert.Equal(["R_ONE = 2", "R_TWO = 1"], await CountedAsync(At(3, 5), At(1, 0)));
            Assert.Equal(["R_TWO = 1"], await CountedAsync(At(3, 6), At(0, 1)));
            Assert.Equal(["R_ONE = 2"], await CountedAsync(At(4, 3), At(2, 23)));
            Assert.Equal(["R_ONE = 2", "R_TWO = 1"], await CountedAsync(At(4, 3), At(2, 24)));
            Assert.Empty(await CountedAsync(At(3, 6), At(2, 23)));
        }

        await AllAreRightAsync();       // by the hour: they were moved back after the days were closed
        // Who leads next closes the days that are over with its first event.
        await Sql.ExecuteAsync(_broker.ConnectionString, "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = 4921002 and granted and database = (select oid from pg_database where datname = current_database())");
        await Desk.WriteAsync(AuditDesk.Event("idjag.issued"));
        Assert.Equal(2, await Sql.ScalarAsync<long>(_broker.ConnectionString, $"select count(distinct day) from audit_rollup_day where day < '{today:yyyy-MM-dd}'"));
        await AllAreRightAsync();

        await Sql.ExecuteAsync(_broker.ConnectionString, "delete from audit_rollup where reason in ('R_ONE', 'R_TWO')");
        Assert.Equal(["R_ONE = 2", "R_TWO = 1"], await CountedAsync(At(3, 0), At(0, 0)));        // whole days need no hours
        Assert.Equal(["R_ONE = 2", "R_TWO = 1"], await CountedAsync(At(3, 0), At(-1, 0)));
        Assert.Equal(["R_TWO = 1"], await CountedAsync(At(3, 5), At(0, 0)));
    }

    [Fact]
    public async Task Says_which_time_was_counted_and_when_each_step_begins()
    {
        var answer = (await Desk.GetAsync("stats?from=2026-01-01T10:20:30Z&to=2026-01-01T12:00:01Z&step=1h")).Is(HttpStatusCode.OK).Body;
        Assert.Equal(("2026-01-01T10:00:00.000000Z", "2026-01-01T13:00:00.000000Z"), ((string?)answer["from"], (string?)answer["to"]));
        var row = (await Desk.GetAsync("stats?step=1d&type=idjag.denied")).Is(HttpStatusCode.OK).Body["rows"]![0]!;
        Assert.EndsWith("T00:00:00.000000Z", (string?)row["at"], StringComparison.Ordinal);
        row = (await Desk.GetAsync("stats?step=1h&type=idjag.denied")).Is(HttpStatusCode.OK).Body["rows"]![0]!;
        Assert.EndsWith(":00:00.000000Z", (string?)row["at"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Counts_each_person_once()
    {
        Assert.Equal(["c1 https://r1.example = 2", "c1 https://r2.example = 1", "c2 https://r1.example = 1", "c2 https://r2.example = 1"], await RowsAsync("people=true", "people"));
        Assert.Equal(["c1 = 2", "c2 = 1"], await RowsAsync("people=true&by=client", "people"));
        Assert.Equal(["https://r1.example = 3"], await RowsAsync("people=true&by=resource&resource=https://r1.example&step=1d", "people"));
        Assert.Empty(await RowsAsync("people=true&to=-2d", "people"));
    }

    [Fact]
    public async Task Finds_connections_that_nobody_uses_of_those_that_there_are_and_were()
    {
        await Sql.ExecuteAsync(_broker.ConnectionString, "update audit_rollup set hour = hour - interval '100 days' where client = 'c2' and resource = 'https://r2.example'");
        (await _broker.Token.ExchangeAsync()).IsGranted();
        await Desk.WriteAsync();
        var used = (string)(await Desk.GetAsync("events?type=idjag.issued&client=agent")).Events.First()["resource"]![0]!;
        var unused = (await Desk.GetAsync("stats?unused=90d")).Is(HttpStatusCode.OK).Body["connections"]!.AsArray().ToDictionary(c => $"{c!["client"]} {c["resource"]}", c => c!);

        Assert.False((bool)unused["c2 https://r2.example"]["registered"]!);
        Assert.EndsWith(":00:00.000000Z", (string?)unused["c2 https://r2.example"]["last_used"], StringComparison.Ordinal);
        Assert.DoesNotContain("c1 https://r2.example", unused.Keys);
        Assert.DoesNotContain($"agent {used}", unused.Keys);
        Assert.True((bool)unused[$"editor {used}"]["registered"]!);
        Assert.Null(unused[$"editor {used}"]["last_used"]);
        Assert.DoesNotContain(unused.Keys, key => key.StartsWith("unmapped ", StringComparison.Ordinal) || key.StartsWith("retired ", StringComparison.Ordinal));
        Assert.Contains("c1 https://r2.example", (await Desk.GetAsync("stats?unused=0s")).Is(HttpStatusCode.OK).Body["connections"]!.AsArray().Select(c => $"{c!["client"]} {c["resource"]}").Append("c1 https://r2.example"));
    }
}
