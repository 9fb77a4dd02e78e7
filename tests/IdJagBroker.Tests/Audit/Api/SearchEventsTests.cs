using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Tests.Storage;
using Npgsql;

namespace IdJagBroker.Tests.Audit.Api;

/// <summary><c>GET /admin/v1/audit/events</c>: who may, which filters, pages and formats there are, and that reading is recorded.</summary>
public sealed class SearchEventsTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    private AuditDesk Desk => new(broker);

    private async Task<HttpStatusCode> StatusAsync(string? token, Uri? at = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(at ?? broker.Management, "/admin/v1/audit/events"));
        if (token is not null) request.Headers.Authorization = new("Bearer", token);
        using var response = await broker.Http.SendAsync(request);
        return response.StatusCode;
    }

    [Theory]
    [InlineData("events/999999")]
    [InlineData("events/018f3c2e-0000-7000-8000-000000000000")]
    [InlineData("events/x")]
    [InlineData("events/-1")]
    [InlineData("events/9223372036854775807")]
    [InlineData("events/999999/proof")]
    public async Task There_is_no_other_event(string path) => (await Desk.GetAsync(path)).IsRefused(HttpStatusCode.NotFound, "no-such-event");

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("another-token-of-at-least-32-characters")]
    public async Task Asks_for_the_management_token(string? token) => Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(token));

    [Theory]
    [InlineData("Basic")]
    [InlineData("DPoP")]
    [InlineData("bearer", HttpStatusCode.OK)]       // RFC 9110 §11.1: a scheme has no case
    public async Task Takes_the_token_as_a_bearer_token_only_and_lets_nobody_store_an_answer(string scheme, HttpStatusCode status = HttpStatusCode.Unauthorized)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(broker.Management, "/admin/v1/audit/events"));
        request.Headers.Authorization = new(scheme, BrokerFixture.ManagementToken);
        using var response = await broker.Http.SendAsync(request);

        Assert.Equal(status, response.StatusCode);
        Assert.True(response.Headers.CacheControl?.NoStore);
        if (status is HttpStatusCode.Unauthorized) Assert.Equal("Bearer", Assert.Single(response.Headers.WwwAuthenticate).Scheme);
    }

    [Fact]
    public async Task Is_not_on_the_public_port_whatever_the_host_header_says()
    {
        var publicUrl = new Uri(broker.Issuer);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(BrokerFixture.ManagementToken, publicUrl));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(publicUrl, "/admin/v1/audit/events"));
        request.Headers.Host = broker.Management.Authority;
        request.Headers.Authorization = new("Bearer", BrokerFixture.ManagementToken);
        using var response = await broker.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        using var token = await broker.Http.GetAsync(new Uri(broker.Management, "/oauth2/jwks"));
        Assert.Equal(HttpStatusCode.NotFound, token.StatusCode);
    }

    [Fact]
    public async Task Finds_by_client_subject_and_outcome()
    {
        (await broker.Token.ExchangeAsync(("subject_token", broker.Idp.IdToken("agent-at-okta", "00u-bob")))).IsGranted();
        (await broker.Token.ExchangeAsync(("scope", "tickets:admin"))).IsRefused("invalid_scope");
        (await broker.Token.ExchangeByAssertionAsync(broker.Token.Assertion())).IsGranted();

        Assert.All(await broker.AuditAsync("client=editor"), e => Assert.Equal("editor", (string?)e!["client"]));
        Assert.All(await broker.AuditAsync("outcome=denied"), e => Assert.Equal("denied", (string?)e!["outcome"]));
        var bob = Assert.Single(await broker.AuditAsync("subject=okta|00u-bob"))!;
        Assert.Equal((string?)bob["id"], (string?)Assert.Single(await broker.AuditAsync($"subject={bob["subject_key"]}"))!["id"]);
        Assert.Empty(await broker.AuditAsync("subject=okta|nobody"));
        Assert.Empty(await broker.AuditAsync("subject=entra|00u-bob"));
        Assert.Empty(await broker.AuditAsync("client=nobody"));
    }

    // One event that meets the filter, and one that differs in that alone.
    [Theory]
    [InlineData("client=c1", """{"client":"c1"}""", """{"client":"c2"}""")]
    [InlineData("outcome=error", """{"outcome":"error"}""", """{"outcome":"denied"}""")]
    [InlineData("type=test.one", """{"type":"test.one"}""", """{"type":"test.onemore"}""")]
    [InlineData("type=test.*", """{"type":"test.two"}""", """{"type":"testing.two"}""")]
    [InlineData("type=test_x.*", """{"type":"test_x.a"}""", """{"type":"testyx.a"}""")]
    [InlineData("type=idjag.*", """{"type":"idjag.redeemed"}""", """{"type":"idjagx.redeemed"}""")]
    [InlineData("type=idjag.denied", """{"type":"idjag.denied"}""", """{"type":"idjag.redeemed"}""")]
    [InlineData("reason=R_ONE", """{"reason":"R_ONE","outcome":"denied"}""", """{"reason":"R_TWO","outcome":"denied"}""")]
    [InlineData("resource=https://one.example", """{"resource":["https://one.example"]}""", """{"resource":["https://two.example"]}""")]
    [InlineData("resource=https://one.example", """{"resource":["https://two.example","https://one.example"]}""", """{"resource":["https://two.example","https://three.example"]}""")]
    [InlineData("resource=https://one.example", """{"resource":["https://two.example","https://three.example","https://one.example"]}""", """{"resource":["https://two.example","https://three.example","https://four.example"]}""")]
    [InlineData("resource=https://one.example&resource=https://five.example", """{"resource":["https://five.example","https://one.example","https://one.example"]}""", """{"resource":["https://two.example","https://three.example","https://four.example"]}""")]
    [InlineData("resource=trackr-mcp", """{"resource":["https://mcp.trackr.example/v1/mcp"]}""", """{"resource":["https://mcp.trackr.example/admin"]}""")]
    [InlineData("authserver=https://one.example&client=c1", """{"authserver":"https://one.example","client":"c1"}""", """{"authserver":"https://two.example","client":"c1"}""")]
    [InlineData("authserver=trackr&client=c1", """{"authserver":"https://as.trackr.example","client":"c1"}""", """{"authserver":"https://as.other.example","client":"c1"}""")]
    [InlineData("subject=s_1", """{"subject_key":"s_1"}""", """{"subject_key":"s_2"}""")]
    [InlineData("jti=j1", """{"jti":"j1"}""", """{"jti":"j2"}""")]
    [InlineData("kid=k1", """{"kid":"k1"}""", """{"kid":"k2"}""")]
    [InlineData("kid=k1&client=c1", """{"kid":"k1","client":"c1"}""", """{"kid":"k2","client":"c1"}""")]
    [InlineData("rule=r1&from=-1h", """{"data":{"rules":["r0","r1"]}}""", """{"data":{"rules":["r11"],"x":"r1"}}""")]
    [InlineData("rule=r1&type=policy.*", """{"type":"policy.activated","data":{"changes":{"rule":"r1"}}}""", """{"type":"policy.activated","data":{"note":"r1"}}""")]
    [InlineData("policy_rev=p1&from=-1h", """{"policy_rev":"p1"}""", """{"policy_rev":"p2","data":{"policy_rev":"p1"}}""")]
    [InlineData("trace_id=00000000000000000000000000000001&from=-1h", """{"trace_id":"00000000000000000000000000000001"}""", """{"trace_id":"00000000000000000000000000000002"}""")]
    [InlineData("actor=ana&from=-1h", """{"actor":{"kind":"admin","key":"ana"}}""", """{"actor":{"kind":"admin","key":"bob"},"data":{"key":"ana"}}""")]
    [InlineData("ip=203.0.113.77&from=-1h", """{"ip_net":"203.0.113.0/24"}""", """{"ip_net":"203.0.114.0/24"}""")]
    [InlineData("ip=203.0.0.0/16&from=-1h", """{"ip_net":"203.0.113.0/24"}""", """{"ip_net":"203.1.113.0/24"}""")]
    [InlineData("ip=2001:db8:1::/48&from=-1h", """{"ip_net":"2001:db8:1::/48"}""", """{"ip_net":"2001:db8:2::/48"}""")]
    [InlineData("breakglass=true", """{"type":"breakglass.opened"}""", """{"data":{"x":"\"breakglass\":true"}}""")]
    [InlineData("breakglass=true", """{"data":{"breakglass":true}}""", """{"data":{"breakglass":false}}""")]
    [InlineData("q=needle&from=-1h", """{"data":{"x":"a needle here"}}""", """{"data":{"x":"a Needle here"}}""")]
    [InlineData("q=say%20%22hi%22&from=-1h", """{"data":{"x":"they say \"hi\""}}""", """{"data":{"x":"they say hi"}}""")]
    [InlineData("client=c1&outcome=denied", """{"client":"c1","outcome":"denied"}""", """{"client":"c1","outcome":"ok"}""")]
    [InlineData("client=c1&resource=https://one.example", """{"client":"c1","resource":["https://one.example"]}""", """{"client":"c2","resource":["https://one.example"]}""")]
    [InlineData("client=c1&client=c2&subject=s_1", """{"client":"c2","subject_key":"s_1"}""", """{"client":"c3","subject_key":"s_1"}""")]
    public async Task A_filter_finds_what_meets_it_and_nothing_else(string query, string meets, string differs)
    {
        JsonObject Made(string members) => AuditDesk.Event("test.other", change: e =>
        {
            foreach (var (name, value) in JsonNode.Parse(members)!.AsObject().ToList()) e[name] = value?.DeepClone();
        });
        var (hit, miss) = (Made(meets), Made(differs));
        await Desk.WriteAsync(hit, miss);

        var found = (await Desk.GetAsync("events?" + query)).Is(HttpStatusCode.OK).Events.Select(e => (string?)e["id"]).ToList();
        Assert.Single(found, id => id == (string?)hit["id"]);
        Assert.DoesNotContain((string?)miss["id"], found);
        // The same of who follows, which looks at each event.
        var by = (await Desk.GetAsync("events?order=asc&" + query)).Is(HttpStatusCode.OK).Events.Select(e => (string?)e["id"]).ToList();
        Assert.Equal(found.AsEnumerable().Reverse(), by);
    }

    [Fact]
    public async Task Finds_by_id_what_a_refused_client_was_told()
    {
        var answer = await broker.Token.ExchangeAsync(("scope", "tickets:admin"));
        var found = Assert.Single((await Desk.GetAsync($"events?decision_id={answer.Body!["decision_id"]}")).Events);
        Assert.Equal("invalid_scope", (string?)found["data"]!["error"]);
    }

    [Fact]
    public async Task Finds_what_a_key_signed_while_it_was_active_and_what_became_of_the_key()
    {
        (await broker.Token.ExchangeAsync()).IsGranted();
        var kid = (string)(await Desk.GetAsync("events?type=idjag.issued&limit=1")).Events.Single()["kid"]!;
        var found = (await Desk.GetAsync($"events?limit=1000&kid={kid}")).Is(HttpStatusCode.OK).Events.ToList();
        Assert.All(found, e => Assert.Equal(kid, (string?)e["kid"]));
        Assert.Contains(found, e => (string?)e["type"] is "idjag.issued");
        Assert.Contains(found, e => (string?)e["type"] is "key.created");
        await Sql.ExecuteAsync(broker.ConnectionString, $"update signing_key set activated_at = now() + interval '3 hours' where kid = '{kid}'");
        try
        {
            Assert.DoesNotContain((await Desk.GetAsync($"events?limit=1000&kid={kid}")).Events, e => (string?)e["type"] is "idjag.issued");
        }
        finally
        {
            await Sql.ExecuteAsync(broker.ConnectionString, $"update signing_key set activated_at = created_at where kid = '{kid}'");
        }
    }

    [Fact]
    public async Task Finds_by_the_time_of_recording_from_inclusive_to_exclusive()
    {
        await Desk.WriteAsync(AuditDesk.Event("time.one"));
        await Desk.WriteAsync(AuditDesk.Event("time.two"));
        var (two, one) = ((await Desk.GetAsync("events?type=time.two&limit=1")).Events.Single(), (await Desk.GetAsync("events?type=time.one&limit=1")).Events.Single());
        async Task<List<long>> Between(string query) => await Desk.SeqsAsync("type=time.*&" + query);

        Assert.Equal([(long)one["seq"]!], await Between($"from={one["recorded_at"]}&to={two["recorded_at"]}"));
        Assert.Equal([(long)two["seq"]!], await Between($"from={two["recorded_at"]}"));
        Assert.Equal([(long)two["seq"]!, (long)one["seq"]!], await Between("from=-5m"));
        Assert.Empty(await Between("from=2026-01-01&to=2026-01-02T00:00:00%2B01:00"));
    }

    [Theory]
    [InlineData("limit=0", "limit", 1)]
    [InlineData("limit=1001", "limit", 1)]
    [InlineData("limit=x", "limit", 1)]
    [InlineData("limit=1&limit=2", "limit", 1)]
    [InlineData("order=up", "order", 1)]
    [InlineData("follow=false", "follow", 1)]
    [InlineData("follow=true&order=desc", "order", 1)]
    [InlineData("follow=true&to=2026-01-01", "to", 1)]
    [InlineData("cursor=x", "cursor", 1)]
    [InlineData("before=7", "before", 1)]
    [InlineData("cleint=agent", "cleint", 1)]
    [InlineData("client=", "client", 1)]
    [InlineData("client=ab%00", "client", 3)]
    [InlineData("client=a&client=b%0A", "client", 2)]
    [InlineData("outcome=maybe", "outcome", 1)]
    [InlineData("outcome=ok,maybe", "outcome", 4)]
    [InlineData("decision_id=x", "decision_id", 1)]
    [InlineData("type=idjag.Issued", "type", 7)]
    [InlineData("type=*", "type", 1)]
    [InlineData("type=idjag*", "type", 6)]
    [InlineData("type=key.*,idjag..x", "type", 13)]
    [InlineData("type=key.*,", "type", 7)]
    [InlineData("reason=NO_rule", "reason", 4)]
    [InlineData("ip=10.0.0.0/33", "ip", 10)]
    [InlineData("ip=host", "ip", 1)]
    [InlineData("ip=fe80::1%25eth0", "ip", 8)]
    [InlineData("trace_id=0X", "trace_id", 2)]
    [InlineData("trace_id=00", "trace_id", 3)]
    [InlineData("breakglass=false", "breakglass", 1)]
    [InlineData("from=2026-13-01", "from", 6)]
    [InlineData("from=2026-02-30", "from", 9)]
    [InlineData("from=2026-1-01", "from", 7)]
    [InlineData("from=2026/01/01", "from", 5)]
    [InlineData("from=2026-01-01T25:00:00Z", "from", 12)]
    [InlineData("from=2026-01-01T00:60:00Z", "from", 15)]
    [InlineData("from=2026-01-01T00:00:60Z", "from", 18)]
    [InlineData("from=2026-01-01T00:00:00.Z", "from", 21)]
    [InlineData("from=2026-01-01T00:00:00", "from", 20)]
    [InlineData("from=2026-01-01T00:00:00+01:00", "from", 20)]      // a '+' that is not encoded is a space
    [InlineData("from=2026-01-01T00:00:00Zx", "from", 21)]
    [InlineData("from=2026-01-01T00:00:00-1:00", "from", 21)]
    [InlineData("from=2026-01", "from", 8)]
    [InlineData("from=0026-01-01", "from", 1)]
    [InlineData("from=-30", "from", 4)]
    [InlineData("from=-30y", "from", 4)]
    [InlineData("from=-d", "from", 2)]
    [InlineData("from=-30dx", "from", 5)]
    [InlineData("from=-99999999999d", "from", 2)]
    [InlineData("from=-999999d", "from", 2)]
    [InlineData("from=-1d&from=-2d", "from", 1)]
    [InlineData("from=2026-02-01&to=2026-01-01", "to", 1)]
    public async Task Says_what_is_wrong_with_a_filter_and_where(string query, string parameter, int column) =>
        (await Desk.GetAsync("events?" + query)).IsRefused(HttpStatusCode.BadRequest, "invalid-request", parameter, column);

    [Fact]
    public async Task Says_which_filter_was_probably_meant_and_bounds_their_number_and_length()
    {
        Assert.Contains("Did you mean 'client'?", (string?)(await Desk.GetAsync("events?cleint=x")).Body["title"], StringComparison.Ordinal);
        Assert.Contains("Did you mean 'denied'?", (string?)(await Desk.GetAsync("events?outcome=deneid")).Body["title"], StringComparison.Ordinal);
        string Many(int count) => string.Join('&', Enumerable.Range(0, count).Select(i => $"client=c{i}"));
        (await Desk.GetAsync("events?" + Many(20))).Is(HttpStatusCode.OK);
        (await Desk.GetAsync("events?" + Many(21))).IsRefused(HttpStatusCode.BadRequest, "invalid-request", "client", 1);
        (await Desk.GetAsync("events?client=" + new string('c', 512))).Is(HttpStatusCode.OK);
        (await Desk.GetAsync("events?client=" + new string('c', 513))).IsRefused(HttpStatusCode.BadRequest, "invalid-request", "client", 513);
    }

    [Fact]
    public async Task Refuses_to_look_through_the_whole_log_and_says_what_to_add()
    {
        var refused = await Desk.GetAsync("events?q=x");
        refused.IsRefused(HttpStatusCode.BadRequest, "unbounded-search", "q", 1);
        Assert.Contains("24 hours", (string?)refused.Body["detail"], StringComparison.Ordinal);
        (await Desk.GetAsync("events?q=x&from=-25h", accept: "application/x-ndjson")).IsRefused(HttpStatusCode.BadRequest, "unbounded-search", "q", 1);
        (await Desk.GetAsync("events?q=x&from=-24h")).Is(HttpStatusCode.OK);
        (await Desk.GetAsync("events?q=x&client=agent")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Pages_are_linked_complete_in_order_and_end()
    {
        await Desk.WriteAsync(Enumerable.Range(0, 7).Select(_ => AuditDesk.Event("page.one")));
        var all = await Desk.SeqsAsync("type=page.*");
        Assert.Equal(all.OrderDescending(), all);
        foreach (var order in new[] { "desc", "asc&to=2100-01-01" })
        {
            var paged = new List<long>();
            var path = $"events?type=page.*&limit=3&order={order}";
            for (var pages = 0; path is not null; pages++)
            {
                Assert.True(pages < 20);
                var page = (await Desk.GetAsync(path)).Is(HttpStatusCode.OK);
                paged.AddRange(page.Events.Select(e => (long)e["seq"]!));
                path = page.Response.Headers.TryGetValues("Link", out var links) ? System.Text.RegularExpressions.Regex.Match(links.Single(), "^<(/[^>]*)>; rel=\"next\"$").Groups[1].Value : null;
                Assert.Equal(page.Next, path is null ? null : Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(new Uri(broker.Management, path).Query)["cursor"].Single());
            }
            Assert.Equal(order is "desc" ? all : all.AsEnumerable().Reverse(), paged);
        }
    }

    [Fact]
    public async Task What_comes_after_the_first_page_of_a_search_that_ends_is_on_none_of_its_pages()
    {
        await Desk.WriteAsync(Enumerable.Range(0, 4).Select(_ => AuditDesk.Event("snap.one")));
        foreach (var order in new[] { "desc", "asc&to=2100-01-01" })
        {
            var before = (await Desk.SeqsAsync("type=snap.*")).Max();
            var first = (await Desk.GetAsync($"events?type=snap.*&limit=2&order={order}")).Is(HttpStatusCode.OK);
            await Desk.WriteAsync(AuditDesk.Event("snap.one"));
            var second = (await Desk.GetAsync($"events?type=snap.*&limit=1000&order={order}&cursor={first.Next}")).Is(HttpStatusCode.OK);
            Assert.All(second.Events, e => Assert.InRange((long)e["seq"]!, 0, before));
            Assert.Null(second.Next);
            Assert.Equal(second.Text, (await Desk.GetAsync($"events?type=snap.*&limit=1000&order={order}&cursor={first.Next}")).Text);
        }
    }

    [Fact]
    public async Task A_cursor_goes_with_its_filter_and_order_and_with_nothing_else()
    {
        await Desk.WriteAsync(Enumerable.Range(0, 3).Select(_ => AuditDesk.Event("bind.one")));
        var cursor = (await Desk.GetAsync("events?type=bind.one&limit=1&from=-1h")).Next!;
        (await Desk.GetAsync($"events?type=bind.one&limit=2&from=-1h&cursor={cursor}")).Is(HttpStatusCode.OK);     // the size of a page may change
        foreach (var query in new[] { "type=bind.one", "type=bind.two&from=-1h", "type=bind.one&from=-2h", "type=bind.one&from=-1h&outcome=ok", "type=bind.one&from=-1h&order=asc", "type=bind.one,x&from=-1h" })
            (await Desk.GetAsync($"events?{query}&cursor={cursor}")).IsRefused(HttpStatusCode.BadRequest, "invalid-request", "cursor", 1);
        for (var i = 0; i < cursor.Length - 1; i += 9)
            (await Desk.GetAsync($"events?type=bind.one&from=-1h&cursor={cursor[..i]}{(cursor[i] is 'A' ? 'B' : 'A')}{cursor[(i + 1)..]}")).IsRefused(HttpStatusCode.BadRequest, "invalid-request", "cursor", 1);
        // Another replica takes it.
        await using var replica = await broker.StartReplicaAsync();
        (await Desk.GetAsync(new Uri(replica.Management, $"/admin/v1/audit/events?type=bind.one&from=-1h&cursor={cursor}").PathAndQuery)).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Who_follows_always_has_a_next_page_and_sees_there_what_came_since()
    {
        await Desk.WriteAsync(AuditDesk.Event("follow.one"));
        var page = (await Desk.GetAsync("events?type=follow.*&order=asc&limit=10")).Is(HttpStatusCode.OK);
        Assert.Single(page.Events);
        for (var i = 0; i < 3; i++)
        {
            page = (await Desk.GetAsync($"events?type=follow.*&order=asc&limit=10&cursor={page.Next}")).Is(HttpStatusCode.OK);
            Assert.Empty(page.Events);
        }
        await Desk.WriteAsync(AuditDesk.Event("follow.new"), AuditDesk.Event("follow.one"));       // of a type that nobody had seen, too
        page = (await Desk.GetAsync($"events?type=follow.*&order=asc&limit=10&cursor={page.Next}")).Is(HttpStatusCode.OK);
        Assert.Equal(["follow.new", "follow.one"], page.Events.Select(e => (string?)e["type"]));
        Assert.NotNull(page.Next);
        Assert.NotNull((await Desk.GetAsync("events?follow=true&type=nothing.here")).Is(HttpStatusCode.OK).Next);
    }

    [Fact]
    public async Task Passes_lines_on_as_they_are_kept()
    {
        await Desk.WriteAsync(AuditDesk.Event("verbatim.one", change: e => e["data"] = new JsonObject { ["text"] = "ü <&> \u2028 \"q\"" }));
        var line = await Sql.ScalarAsync<string>(broker.ConnectionString, "select event from audit_event where type = 'verbatim.one'");
        Assert.Equal($"{{\"events\":[{line}]}}", (await Desk.GetAsync("events?type=verbatim.one")).Text);
        Assert.Equal(line + "\n", (await Desk.GetAsync("events?type=verbatim.one", "application/x-ndjson")).Text);
        Assert.Equal(line, (await Desk.GetAsync($"events/{JsonNode.Parse(line)!["id"]}")).Text);
        Assert.Equal(line, (await Desk.GetAsync($"events/{JsonNode.Parse(line)!["seq"]}")).Text);
    }

    [Theory]
    [InlineData(null, "application/json")]
    [InlineData("*/*", "application/json")]
    [InlineData("application/*", "application/json")]
    [InlineData("text/*", "text/csv; charset=utf-8; header=present")]
    [InlineData("application/x-ndjson", "application/x-ndjson")]
    [InlineData("application/json;q=0.1, text/csv;q=0.5", "text/csv; charset=utf-8; header=present")]
    [InlineData("application/json;q=0, */*;q=0.1", "application/x-ndjson")]
    [InlineData("text/html, application/json;q=0.5", "application/json")]
    public async Task Gives_the_format_that_is_liked_best(string? accept, string contentType)
    {
        var answer = (await Desk.GetAsync("events?type=nothing.here", accept)).Is(HttpStatusCode.OK);
        Assert.Equal(contentType, answer.ContentType);
        Assert.Contains("Accept", answer.Response.Headers.Vary);
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/json;q=0")]
    public async Task Gives_no_other_format(string accept) => (await Desk.GetAsync("events", accept)).IsRefused(HttpStatusCode.NotAcceptable, "not-acceptable");

    [Fact]
    public async Task Gives_the_whole_range_as_lines_without_a_limit_and_a_page_with_one()
    {
        await Desk.WriteAsync(Enumerable.Range(0, 600).Select(_ => AuditDesk.Event("whole.one")));
        var all = (await Desk.GetAsync("events?type=whole.*&order=asc", "application/x-ndjson")).Is(HttpStatusCode.OK).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(600, all.Select(line => (string?)JsonNode.Parse(line)!["id"]).Distinct().Count());
        Assert.Equal(600, all.Length);
        var page = (await Desk.GetAsync("events?type=whole.*&limit=5", "application/x-ndjson")).Is(HttpStatusCode.OK);
        Assert.Equal(5, page.Text.Count(c => c is '\n'));
        Assert.True(page.Response.Headers.Contains("Link"));
        Assert.Equal(601, (await Desk.GetAsync("events?type=whole.*", "text/csv")).Is(HttpStatusCode.OK).Text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);

        var reads = (await broker.AuditAsync("type=audit.read&limit=4")).Select(e => e!["data"]!).ToList();
        Assert.Equal(["csv end 600", "csv begin 0", "ndjson  5", "ndjson end 600"], reads.Select(data => $"{data["format"]} {data["part"]} {data["rows"]}"));
    }

    [Fact]
    public async Task A_table_has_fixed_columns_and_no_formula()
    {
        foreach (var start in new[] { "=", "+", "-", "@", "\t", "\r" })
            await Desk.WriteAsync(AuditDesk.Event("table.one", change: e => { e["ua"] = $"{start}cmd|' /C calc'!A0,\"x\""; e["resource"] = new JsonArray("https://a.example", "https://b.example"); }));
        await Desk.WriteAsync(AuditDesk.Event("table.one"));
        var text = (await Desk.GetAsync("events?type=table.one&order=asc", "text/csv")).Is(HttpStatusCode.OK).Text;
        Assert.StartsWith("seq,recorded_at,occurred_at,id,type,outcome,reason,actor_kind,actor_key,actor_role,client,subject_key,authserver,resource,jti,kid,policy_rev,trace_id,ip_net,ua,data\r\n", text, StringComparison.Ordinal);
        foreach (var start in new[] { "=", "+", "-", "@", "\t", "\r" })
            Assert.Contains($",\"'{start}cmd|' /C calc'!A0,\"\"x\"\"\",{{}}\r\n", text, StringComparison.Ordinal);
        Assert.Contains(",https://a.example https://b.example,", text, StringComparison.Ordinal);
        Assert.EndsWith(",,,,,,,,,,,{}\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_who_read_what_before_it_is_shown_and_not_what_found_nothing()
    {
        await Desk.WriteAsync(AuditDesk.Event("watched.one", change: e => e["subject_key"] = "s_watched"));
        (await Desk.GetAsync("events?type=watched.one&subject=s_watched&q=watched&from=-2h&limit=7", header: ("User-Agent", "an auditor"))).Is(HttpStatusCode.OK);
        await Desk.GetAsync("events?type=nothing.here");

        var read = (await broker.AuditAsync("type=audit.read&limit=1"))[0]!;
        Assert.Equal(("admin", "an auditor", "127.0.0.0/24"), ((string?)read["actor"]!["kind"], (string?)read["ua"], (string?)read["ip_net"]));
        var data = read["data"]!;
        Assert.Equal(("search", "json", 1L), ((string?)data["operation"], (string?)data["format"], (long)data["rows"]!));
        Assert.Equal(("s_watched", "watched.one", "desc"), ((string?)data["filter"]!["subject"]![0], (string?)data["filter"]!["type"]![0], (string?)data["filter"]!["order"]));
        Assert.EndsWith("Z", (string?)data["filter"]!["from"], StringComparison.Ordinal);
        Assert.StartsWith("hmac-sha256:", (string?)data["filter"]!["q"]![0], StringComparison.Ordinal);       // it may be a name
        await Desk.GetAsync($"events/{read["id"]}");
        var one = (await broker.AuditAsync("type=audit.read&limit=1"))[0]!["data"]!;
        Assert.Equal(("event", (long)read["seq"]!), ((string?)one["operation"], (long)one["filter"]!["seq"]!));
    }

    [Fact]
    public async Task Does_not_record_by_which_id_of_the_provider_a_person_was_looked_for()
    {
        (await broker.Token.ExchangeAsync()).IsGranted();
        (await Desk.GetAsync("events?subject=okta|00u-ana&subject=okta|00u-somebody")).Is(HttpStatusCode.OK);
        var read = (await broker.AuditAsync("type=audit.read&limit=1"))[0]!;
        Assert.StartsWith("s_", (string?)Assert.Single(read["data"]!["filter"]!["subject"]!.AsArray()), StringComparison.Ordinal);
        Assert.DoesNotContain("00u-", read.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shows_nothing_when_the_reading_cannot_be_recorded()
    {
        await Desk.WriteAsync(AuditDesk.Event("unread.one"));
        await using var locked = await LockAsync("audit_inbox in share mode");
        foreach (var (path, accept) in new[] { ("events?type=unread.one&order=asc", "application/json"), ("events?type=unread.one&order=asc", "application/x-ndjson"), ("events/stream?from=-1h&type=unread.one", "text/event-stream") })
        {
            var refused = await Desk.GetAsync(path, accept);
            refused.IsRefused(HttpStatusCode.ServiceUnavailable, "unrecorded");
            Assert.DoesNotContain("unread.one", refused.Text, StringComparison.Ordinal);
            Assert.NotNull(refused.Response.Headers.RetryAfter);
        }
    }

    [Fact]
    public async Task Ends_a_search_that_takes_too_long_and_says_how_to_ask()
    {
        await using var locked = await LockAsync("audit_event in access exclusive mode");
        var refused = await Desk.GetAsync("events?client=agent&order=asc");
        refused.IsRefused(HttpStatusCode.ServiceUnavailable, "search-too-slow");
        Assert.Contains("Narrow", (string?)refused.Body["detail"], StringComparison.Ordinal);
        Assert.NotNull(refused.Response.Headers.RetryAfter);
    }

    private async Task<NpgsqlConnection> LockAsync(string what)
    {
        var connection = new NpgsqlConnection(broker.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"begin; lock table {what}", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }
}
