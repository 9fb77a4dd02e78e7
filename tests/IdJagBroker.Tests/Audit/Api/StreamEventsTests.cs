using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Audit.Api;

/// <summary><c>GET /admin/v1/audit/events/stream</c>, and that nobody who follows the log misses an event or sees one twice.</summary>
public sealed class StreamEventsTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private const int Writers = 8;
    private const int EventsOfEach = 400;

    private readonly BrokerFixture _broker = new(postgres);

    private AuditDesk Desk => new(_broker);

    public async ValueTask InitializeAsync() => await _broker.StartAsync(["--Audit:MaxSequenced=64"]);

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Theory]
    [InlineData("", false)]
    [InlineData("type=follow.*", false)]
    [InlineData("q=needle&from=-1h", true)]
    public async Task Who_follows_misses_nothing_and_sees_nothing_twice_while_many_write(string query, bool needsText)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var inbox = _broker.Services.GetRequiredService<AuditInbox>();
        var written = Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var ids = new List<string>();
            for (var i = 0; i < EventsOfEach; i++)
            {
                var id = Guid.CreateVersion7();
                await inbox.AppendAsync(new AuditEvent
                {
                    Id = id, OccurredAt = DateTimeOffset.UnixEpoch, Type = $"follow.of_{writer}", Outcome = AuditOutcome.Ok, ActorKind = "system", ActorKey = "test",
                    Data = EventData.Of(new JsonObject { ["n"] = i, ["text"] = needsText ? "a needle" : "hay" }),
                }, []);
                ids.Add(id.ToString());
                if (i % 50 is 0) await Task.Delay(40);
            }
            return ids;
        })).ToList();
        var byCursor = Task.Run(() => FollowByCursorAsync(query, patience.Token));
        var byStream = Task.Run(() => FollowByStreamAsync(query, patience.Token));

        var all = (await Task.WhenAll(written)).SelectMany(ids => ids).Order().ToList();
        foreach (var seen in new[] { await byCursor, await byStream })
        {
            Assert.Equal(seen.Select(e => e.Seq).Order(), seen.Select(e => e.Seq));
            Assert.Equal(seen.Count, seen.Select(e => e.Seq).Distinct().Count());
            Assert.Equal(all, seen.Select(e => e.Id).Order());
        }
    }

    private async Task<List<(long Seq, string Id)>> FollowByCursorAsync(string query, CancellationToken ct)
    {
        var seen = new List<(long, string)>();
        for (string? cursor = null; seen.Count < Writers * EventsOfEach;)
        {
            ct.ThrowIfCancellationRequested();
            var page = (await Desk.GetAsync($"events?order=asc&limit=150&{query}{(cursor is null ? "" : "&cursor=" + cursor)}")).Is(HttpStatusCode.OK);
            Keep(seen, page.Events);
            cursor = page.Next!;
            Assert.NotNull(cursor);
        }
        return seen;
    }

    // Loses its connection now and then, and comes back with the last id it saw.
    private async Task<List<(long Seq, string Id)>> FollowByStreamAsync(string query, CancellationToken ct)
    {
        var seen = new List<(long, string)>();
        for (long? last = null; seen.Count < Writers * EventsOfEach;)
        {
            using var stream = await EventStreamReader.OpenAsync(Desk, last is null && !query.Contains("from") ? query + "&from=-1h" : query, last?.ToString(System.Globalization.CultureInfo.InvariantCulture));
            for (var i = 0; i < 700 && seen.Count < Writers * EventsOfEach; i++)
            {
                var (id, type, data) = await stream.NextAsync(ct);
                if (data is null) continue;
                Assert.Equal((id, type), ((long)data["seq"]!, (string)data["type"]!));
                Keep(seen, [data]);
                last = stream.LastId;
            }
        }
        return seen;
    }

    private static void Keep(List<(long, string)> seen, IEnumerable<JsonNode> events) =>
        seen.AddRange(events.Where(e => ((string)e["type"]!).StartsWith("follow.", StringComparison.Ordinal)).Select(e => ((long)e["seq"]!, (string)e["id"]!)));

    [Fact]
    public async Task Begins_now_or_after_an_event_or_at_a_time()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await Desk.WriteAsync(AuditDesk.Event("begin.one"), AuditDesk.Event("begin.two"), AuditDesk.Event("begin.three"));
        var seqs = await Desk.SeqsAsync("type=begin.*&order=asc");
        async Task<long> FirstAsync(string query, string? header = null)
        {
            using var stream = await EventStreamReader.OpenAsync(Desk, "type=begin.*&" + query, header);
            if (query is "now") await Desk.WriteAsync(AuditDesk.Event("begin.four"));
            return (await stream.NextAsync(patience.Token)).Id!.Value;
        }
        Assert.Equal(seqs[0], await FirstAsync("from=-1h"));
        Assert.Equal(seqs[1], await FirstAsync($"last_event_id={seqs[0]}"));
        Assert.Equal(seqs[2], await FirstAsync($"last_event_id={seqs[0]}&from=-1h", $"{seqs[1]}"));
    }

    [Fact]
    public async Task Begins_now_without_either_and_knows_people_and_types_that_are_new()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await Desk.WriteAsync(AuditDesk.Event("before.one"));
        using var stream = await EventStreamReader.OpenAsync(Desk, "type=before.*&type=after.*");
        await Desk.WriteAsync(AuditDesk.Event("after.one"));
        Assert.Equal("after.one", (await stream.NextAsync(patience.Token)).Type);

        using var person = await EventStreamReader.OpenAsync(Desk, "subject=okta|00u-bob");
        (await _broker.Token.ExchangeAsync(("subject_token", _broker.Idp.IdToken("agent-at-okta", "00u-bob")))).IsGranted();
        Assert.Equal("idjag.issued", (await person.NextAsync(patience.Token)).Type);
    }

    [Fact]
    public async Task Wraps_lines_into_cloud_events()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await Desk.WriteAsync(AuditDesk.Event("cloud.one", change: e => e["subject_key"] = "s_cloud"));
        using var stream = await EventStreamReader.OpenAsync(Desk, "type=cloud.*&from=-1h&format=cloudevents");
        var (id, type, wrapped) = await stream.NextAsync(patience.Token);

        var line = (await Desk.GetAsync($"events/{id}")).Text;
        Assert.Equal("cloud.one", type);
        Assert.Equal(line, wrapped!["data"]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        Assert.Equal(("1.0", "idjag-broker.cloud.one", "application/json", "s_cloud"), ((string?)wrapped["specversion"], (string?)wrapped["type"], (string?)wrapped["datacontenttype"], (string?)wrapped["subject"]));
        Assert.Equal(((string?)wrapped["data"]!["id"], (string?)wrapped["data"]!["recorded_at"], "//" + (string?)wrapped["data"]!["log"]), ((string?)wrapped["id"], (string?)wrapped["time"], (string?)wrapped["source"]));
    }

    [Fact]
    public async Task Says_that_it_lives_and_how_far_it_has_looked()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        using var stream = await EventStreamReader.OpenAsync(Desk, "type=nothing.here");
        await Desk.WriteAsync(AuditDesk.Event("passed.over"));
        var passed = (await Desk.SeqsAsync("type=passed.over")).Single();
        var (id, _, data) = await stream.NextAsync(patience.Token);
        Assert.Null(data);
        Assert.Equal(1, stream.Heartbeats);
        Assert.True(id >= passed);      // who comes back with that has not missed what it does not want
    }

    [Theory]
    [InlineData("to=2030-01-01", "to", 1)]
    [InlineData("format=xml", "format", 1)]
    [InlineData("last_event_id=x", "last_event_id", 1)]
    [InlineData("last_event_id=-1", "last_event_id", 1)]
    [InlineData("last_event_id=999999", "last_event_id", 1)]
    [InlineData("limit=5", "limit", 1)]
    [InlineData("type=A", "type", 1)]
    public async Task Says_what_is_wrong_with_what_is_asked(string query, string parameter, int column) =>
        (await Desk.GetAsync("events/stream?" + query)).IsRefused(HttpStatusCode.BadRequest, "invalid-request", parameter, column);
}

/// <summary>Long answers are bounded, and each is recorded when it begins and when it ends.</summary>
public sealed class OpenReadingsTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private readonly BrokerFixture _broker = new(postgres);

    private AuditDesk Desk => new(_broker);

    public async ValueTask InitializeAsync() => await _broker.StartAsync(["--Audit:MaxStreams=3"]);

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task Gives_out_as_many_as_there_may_be_and_takes_each_back_and_records_both_ends()
    {
        await Desk.WriteAsync(AuditDesk.Event("many.one"));
        var open = new List<EventStreamReader>();
        for (var i = 0; i < 3; i++) open.Add(await EventStreamReader.OpenAsync(Desk, "type=many.*&from=-1h"));
        foreach (var (path, accept) in new[] { ("events/stream", "text/event-stream"), ("events", "application/x-ndjson"), ("events", "text/csv") })
        {
            var refused = await Desk.GetAsync(path, accept);
            refused.IsRefused(HttpStatusCode.ServiceUnavailable, "too-many-streams");
            Assert.NotNull(refused.Response.Headers.RetryAfter);
        }
        (await Desk.GetAsync("events?limit=1", "application/x-ndjson")).Is(HttpStatusCode.OK);      // a page is short
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await open[0].NextAsync(patience.Token);
        open.ForEach(stream => stream.Dispose());
        AuditAnswer last;
        do last = await Desk.GetAsync("events?type=many.*", "application/x-ndjson");
        while (last.Status is HttpStatusCode.ServiceUnavailable && !patience.IsCancellationRequested);
        last.Is(HttpStatusCode.OK);
        List<JsonNode> ends;
        do ends = [.. (await _broker.AuditAsync("type=audit.read&limit=100")).Select(e => e!["data"]!).Where(data => (string?)data["operation"] is "stream")];
        while (ends.Count < 6 && !patience.IsCancellationRequested);
        Assert.Equal(3, ends.Count(data => (string?)data["part"] is "begin" && (string?)data["format"] is "sse"));
        Assert.Equal([1L, 1L, 1L], ends.Where(data => (string?)data["part"] is "end").Select(data => (long)data["rows"]!));
    }
}
