using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Receipts;
using IdJagBroker.Tests.Audit.Api;
using IdJagBroker.Tests.Keys.Control;
using IdJagBroker.Tests.Storage;
using Npgsql;

namespace IdJagBroker.Tests.Receipts;

/// <summary>What is recorded of receipts, and of which.</summary>
public sealed class ReceiptsEndpointTests(ReceiptsFixture at) : IClassFixture<ReceiptsFixture>
{
    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    [Fact]
    public async Task Records_a_redemption_with_what_the_issuance_says_of_whom()
    {
        var jti = await at.IssueAsync();
        var receipt = ReceiptDesk.Redeemed(jti);

        (await at.Trackr.SendAsync(receipt)).IsTaken();

        var issued = Assert.Single(await at.Broker.AuditAsync($"jti={jti}&type=idjag.issued"))!;
        var e = Assert.Single(await at.ReceiptsOfAsync(jti));
        Assert.Equal(("idjag.redeemed", "ok"), ((string)e["type"]!, (string)e["outcome"]!));
        Assert.Equal("""{"key":"trackr","kind":"authserver"}""", e["actor"]!.ToJsonString());
        foreach (var member in (string[])["jti", "authserver", "client", "subject_key", "resource"]) Assert.Equal(issued[member]!.ToJsonString(), e[member]!.ToJsonString());
        Assert.Equal(new JsonObject
        {
            ["at"] = (long)receipt["at"]!, ["client_id"] = "cl_7hQ2notes", ["expires_in"] = 600, ["issued"] = (string)issued["id"]!, ["receipt"] = (string)receipt["id"]!,
            ["resource"] = TestPolicies.Trackr, ["scope"] = "tickets:read",
        }.ToJsonString(), e["data"]!.ToJsonString());
        Assert.Equal("127.0.0.0/24", (string?)e["ip_net"]);
    }

    [Theory]
    [InlineData("invalid_grant", "denied", "INVALID_GRANT")]
    [InlineData("access_denied", "denied", "ACCESS_DENIED")]
    [InlineData("server_error", "error", "SERVER_ERROR")]
    [InlineData("temporarily_unavailable", "error", "TEMPORARILY_UNAVAILABLE")]
    [InlineData("acme_says_no", "denied", "REDEEM_REFUSED")]
    public async Task Records_a_refusal_under_a_reason_of_ours(string error, string outcome, string reason)
    {
        var jti = await at.IssueAsync();

        (await at.Trackr.SendAsync(ReceiptDesk.Refused(jti, receipt => receipt["error"] = error))).IsTaken();

        var e = Assert.Single(await at.ReceiptsOfAsync(jti));
        Assert.Equal(("idjag.redeem_refused", outcome, reason), ((string)e["type"]!, (string)e["outcome"]!, (string)e["reason"]!));
        Assert.Equal((error, "WRONG_CLIENT", "cl_other"), ((string)e["data"]!["error"]!, (string)e["data"]!["reason"]!, (string)e["data"]!["client_id"]!));
    }

    [Fact]
    public async Task Takes_the_least_that_a_receipt_can_say_and_passes_over_what_it_does_not_know()
    {
        var jti = await at.IssueAsync();
        var least = new JsonObject { ["id"] = Guid.NewGuid().ToString(), ["jti"] = jti, ["outcome"] = "redeemed", ["at"] = Now, ["sub"] = "ana@acme.example", ["later"] = new JsonArray(1) };

        (await at.Trackr.SendAsync(new JsonObject { ["receipts"] = new JsonArray(least), ["version"] = 2 }.ToJsonString())).IsTaken();

        var e = Assert.Single(await at.ReceiptsOfAsync(jti));
        Assert.Equal(["at", "issued", "receipt"], e["data"]!.AsObject().Select(member => member.Key));
        Assert.DoesNotContain("ana@", e.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Knows_which_of_several_servers_the_access_token_is_for()
    {
        var one = await at.IssueAsync();
        (await at.Trackr.SendAsync(ReceiptDesk.Redeemed(one, receipt => receipt["resource"] = "https://mcp.elsewhere.example/"))).IsTaken();
        var e = Assert.Single(await at.ReceiptsOfAsync(one));
        Assert.Equal((TestPolicies.Trackr, "https://mcp.elsewhere.example/"), ((string)Assert.Single(e["resource"]!.AsArray())!, (string)e["data"]!["resource"]!));

        var several = (string)(await at.Broker.Token.SendAsync(at.Broker.Token.Form().Append(new("resource", TestPolicies.TrackrAdmin)))).IsGranted().IdJag["jti"]!;
        Assert.Equal(2, Assert.Single(await at.Broker.AuditAsync($"jti={several}"))!["resource"]!.AsArray().Count);
        (await at.Trackr.SendAsync(ReceiptDesk.Redeemed(several, receipt => receipt["resource"] = TestPolicies.TrackrAdmin))).IsTaken();
        Assert.Equal(TestPolicies.TrackrAdmin, (string)Assert.Single(Assert.Single(await at.ReceiptsOfAsync(several))["resource"]!.AsArray())!);
    }

    [Fact]
    public async Task The_same_receipt_is_one_event_however_often_and_wherever_it_is_sent()
    {
        var jti = await at.IssueAsync();
        var receipt = ReceiptDesk.Redeemed(jti);
        await using var replica = await at.Broker.StartReplicaAsync();
        var there = new ReceiptDesk(at.Broker, at.TrackrKey, at: replica.Url);

        // Another event of the background, waiting to be placed, makes the first refused too: then again, when that one is in the log.
        await KeyAdmin.UntilAsync(async () =>
        {
            Assert.Single(await at.Broker.AuditAsync($"jti={jti}"));                // the log has the issuance
            await using var blocker = new NpgsqlConnection(at.Broker.ConnectionString + ";Pooling=false");
            await blocker.OpenAsync();
            await using var transaction = await blocker.BeginTransactionAsync();
            await using (var hold = new NpgsqlCommand("select size from audit_log for update", blocker, transaction)) await hold.ExecuteScalarAsync();     // and nothing else meanwhile
            var first = await at.Trackr.SendAsync(receipt, receipt);                // in one batch
            if (first.Status is HttpStatusCode.ServiceUnavailable) return false;
            first.IsTaken(2);
            (await there.SendAsync(receipt)).Is(HttpStatusCode.ServiceUnavailable); // whether the log has it cannot be known before it has caught up
            return true;
        });
        (await there.SendAsync(receipt)).IsTaken();
        Assert.Single(await at.ReceiptsOfAsync(jti));
        for (var turn = 0; turn < 5; turn++)                                        // at the same time: neither finds the other's in the log
        {
            var racing = await at.IssueAsync();
            Assert.Single(await at.Broker.AuditAsync($"jti={racing}"));
            var same = ReceiptDesk.Redeemed(racing);
            await Task.WhenAll(Enumerable.Range(0, 6).Select(i => (i % 2 is 0 ? at.Trackr : there).SendAsync(same)));
            (await there.SendAsync(same)).IsTaken();
            Assert.Single(await at.ReceiptsOfAsync(racing));
        }

        await Sql.ExecuteAsync(at.Broker.ConnectionString, "delete from replay_key");       // long after: the log alone knows it
        (await at.Trackr.SendAsync(receipt)).IsTaken();
        Assert.Single(await at.ReceiptsOfAsync(jti));

        (await at.Trackr.SendAsync(ReceiptDesk.Redeemed(jti))).IsTaken();           // redeemed a second time is another receipt
        Assert.Equal(2, (await at.ReceiptsOfAsync(jti)).Count);
        var another = await at.IssueAsync();                                        // an id is told apart by the ID-JAG
        (await at.Trackr.SendAsync(ReceiptDesk.Redeemed(another, it => it["id"] = (string)receipt["id"]!))).IsTaken();
        Assert.Single(await at.ReceiptsOfAsync(another));
    }

    [Fact]
    public async Task A_server_reports_of_its_own_id_jags_and_learns_nothing_of_others()
    {
        var trackrs = await at.IssueAsync();
        var wikis = await at.IssueAsync(("audience", TestPolicies.WikiIssuer), ("resource", TestPolicies.Wiki), ("scope", "pages:read"));
        var never = "nobody-ever-issued-this";

        var foreign = (await at.Trackr.SendAsync(ReceiptDesk.Redeemed(wikis))).Is(HttpStatusCode.OK);
        var unknown = (await at.Trackr.SendAsync(ReceiptDesk.Redeemed(never))).Is(HttpStatusCode.OK);
        Assert.Equal(unknown.Text, foreign.Text);
        Assert.Equal("""{"accepted":0,"rejected":[{"index":0,"error":"unknown_jti"}]}""", foreign.Text);
        Assert.Empty(await at.ReceiptsOfAsync(wikis));

        var mixed = (await at.Wiki.SendAsync(ReceiptDesk.Redeemed(trackrs), ReceiptDesk.Redeemed(wikis), ReceiptDesk.Redeemed(never))).Is(HttpStatusCode.OK);
        Assert.Equal((1, "0 unknown_jti,2 unknown_jti"), (mixed.Accepted, string.Join(',', mixed.Rejected)));
        Assert.Single(await at.ReceiptsOfAsync(wikis));
        Assert.Empty(await at.ReceiptsOfAsync(trackrs));
    }

    [Fact]
    public async Task What_is_no_issuance_is_no_id_jag()
    {
        var desk = new AuditDesk(at.Broker);
        var jti = "of-an-administrator-" + Guid.NewGuid().ToString("N");
        await desk.WriteAsync(AuditDesk.Event("admin.denied", "denied", e =>
        {
            (e["jti"], e["authserver"], e["reason"]) = (jti, TestPolicies.TrackrIssuer, "INVALID_SCOPE");
            e["data"] = new JsonObject { ["error"] = "invalid_scope", ["facts"] = new JsonObject { ["dpop"] = false }, ["request"] = new JsonObject() };
        }));
        Assert.Equal(["0 unknown_jti"], (await at.Trackr.SendAsync(ReceiptDesk.Redeemed(jti))).Rejected);
    }

    [Fact]
    public async Task An_id_jag_of_long_ago_is_not_known_any_more()
    {
        var jti = await at.IssueAsync();
        Assert.Single(await at.Broker.AuditAsync($"jti={jti}"));
        async Task<ReceiptAnswer> AgedAsync(string age)
        {
            var old = $"aged-{Guid.NewGuid():N}";
            await Sql.ExecuteAsync(at.Broker.ConnectionString,
                $"""
                create table if not exists audit_event_before partition of audit_event for values from ('2020-01-01') to ('{TimeProvider.System.GetUtcNow():yyyy-MM}-01');
                insert into audit_event select 1000000 + seq, now() - interval '{age}', gen_random_uuid(), type, outcome, client, subject_key, authserver, resource, '{old}', kid, reason, false, leaf,
                event from audit_event where jti = '{jti}'; select 1
                """);
            return await at.Trackr.SendAsync(ReceiptDesk.Redeemed(old, receipt => receipt["resource"] = TestPolicies.Trackr));
        }
        // Only the column of the time is looked at here; the lines are copies, and are taken away again before the log is checked.
        try
        {
            Assert.Equal(["0 unknown_jti"], (await AgedAsync("31 days")).Rejected);
            Assert.Empty((await AgedAsync("29 days")).Rejected);
        }
        finally
        {
            await Sql.ExecuteAsync(at.Broker.ConnectionString, "alter table audit_event disable trigger user; set session_replication_role = replica; delete from audit_event where seq >= 1000000; alter table audit_event enable trigger user; select 1");
        }
    }

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    public async Task A_redemption_before_the_issuance_or_to_come_is_not_believed(int seconds)
    {
        var jti = await at.IssueAsync();
        Assert.Equal(["0 impossible_time"], (await at.Trackr.SendAsync(ReceiptDesk.Redeemed(jti, receipt => receipt["at"] = Now + seconds))).Rejected);
        (await at.Trackr.SendAsync(ReceiptDesk.Redeemed(jti, receipt => receipt["at"] = Now + (seconds / 72)))).IsTaken();      // clocks may differ
        Assert.Single(await at.ReceiptsOfAsync(jti));
    }

    [Fact]
    public async Task No_server_writes_without_end()
    {
        var jti = await at.IssueAsync();
        var most = Enumerable.Range(0, AcceptReceiptsHandler.MaxForOne + 1).Select(_ => ReceiptDesk.Redeemed(jti)).ToArray();
        var answer = await at.Trackr.SendAsync(most);
        Assert.Equal((AcceptReceiptsHandler.MaxForOne, $"{AcceptReceiptsHandler.MaxForOne} too_many"), (answer.Accepted, Assert.Single(answer.Rejected)));

        Assert.Equal(AcceptReceiptsHandler.MaxForOne, (await at.ReceiptsOfAsync(jti)).Count);
        Assert.Equal(["0 too_many"], (await at.Trackr.SendAsync(ReceiptDesk.Redeemed(jti))).Rejected);       // and by what the log has
        (await at.Trackr.SendAsync(most[0])).IsTaken();                                                      // what is there is there
    }

    [Fact]
    public async Task A_whole_batch_is_taken()
    {
        var jtis = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => at.IssueAsync()));
        var batch = Enumerable.Range(0, ReceiptsEndpoint.MaxReceipts).Select(i => ReceiptDesk.Redeemed(jtis[i % jtis.Length])).ToArray();
        (await at.Trackr.SendAsync(batch)).IsTaken(ReceiptsEndpoint.MaxReceipts);
        Assert.Equal(ReceiptsEndpoint.MaxReceipts / jtis.Length, (await at.ReceiptsOfAsync(jtis[^1])).Count);

        var more = (await at.Trackr.SendAsync([.. batch, ReceiptDesk.Redeemed(jtis[0])])).Is(HttpStatusCode.BadRequest);
        Assert.Equal("invalid_request", more.Error);
    }

    public static TheoryData<string, string, string> Faults => new()
    {
        { "id", "null", "id" }, { "id", "\"\"", "id" }, { "id", "7", "id" }, { "id", "\"{8f9f0a5e-5b6e-4b57-9f5e-0d6c7c6a1b11}\"", "id" }, { "id", "\"8f9f0a5e5b6e4b579f5e0d6c7c6a1b11\"", "id" },
        { "jti", "\"\"", "jti" }, { "jti", "7", "jti" }, { "jti", "\"a b\"", "jti" }, { "jti", "\"a\\u0000b\"", "jti" }, { "jti", "\"\\ud800\"", "jti" }, { "jti", $"\"{new string('j', 256)}\"", "jti" },
        { "outcome", "\"Redeemed\"", "outcome" }, { "outcome", "true", "outcome" }, { "outcome", "\"refused\"", "error" },
        { "at", "\"1795241630\"", "at" }, { "at", "1795241630.5", "at" }, { "at", "-1", "at" }, { "at", "1e400", "at" }, { "at", "99999999999999", "at" },
        { "client_id", "\"\"", "client_id" }, { "client_id", "\"a\\nb\"", "client_id" }, { "client_id", $"\"{new string('c', 2049)}\"", "client_id" },
        { "scope", "\" \"", "scope" }, { "scope", "\"a\\\"b\"", "scope" }, { "scope", "[\"a\"]", "scope" },
        { "resource", "\"https://mcp.example/ü\"", "resource" }, { "resource", "[\"https://mcp.example/\"]", "resource" },
        { "expires_in", "-1", "expires_in" }, { "expires_in", "\"600\"", "expires_in" }, { "expires_in", "99999999", "expires_in" },
        { "error", "\"invalid_grant\"", "error" }, { "reason", "\"WHY\"", "reason" },
    };

    [Theory, MemberData(nameof(Faults))]
    public async Task Rejects_a_malformed_receipt_alone_and_says_which_member(string name, string value, string member)
    {
        var jti = await at.IssueAsync();
        var good = ReceiptDesk.Redeemed(jti);
        var bad = ReceiptDesk.Redeemed(jti, receipt => receipt.Remove(name)).ToJsonString();
        var answer = (await at.Trackr.SendAsync($$"""{"receipts":[{{bad[..^1]}},"{{name}}":{{value}}},{{good.ToJsonString()}}]}""")).Is(HttpStatusCode.OK);
        Assert.Equal((1, $"0 malformed {member}"), (answer.Accepted, Assert.Single(answer.Rejected)));
        Assert.Equal((string)good["id"]!, (string)Assert.Single(await at.ReceiptsOfAsync(jti))["data"]!["receipt"]!);
    }

    [Theory]
    [InlineData("id"), InlineData("jti"), InlineData("outcome"), InlineData("at")]
    public async Task Rejects_a_receipt_without(string member)
    {
        var answer = await at.Trackr.SendAsync(ReceiptDesk.Redeemed(await at.IssueAsync(), receipt => receipt.Remove(member)));
        Assert.Equal((0, $"0 malformed {member}"), (answer.Accepted, Assert.Single(answer.Rejected)));
    }

    [Theory]
    [InlineData("error", "\"a b\"", "error"), InlineData("error", "\"\"", "error"), InlineData("reason", "\"why\"", "reason"), InlineData("reason", "\"\"", "reason")]
    [InlineData("scope", "\"a\"", "scope"), InlineData("expires_in", "1", "expires_in")]
    public async Task Rejects_a_malformed_refusal(string name, string value, string member)
    {
        var bad = ReceiptDesk.Refused(await at.IssueAsync(), receipt => receipt[name] = JsonNode.Parse(value));
        Assert.Equal([$"0 malformed {member}"], (await at.Trackr.SendAsync(bad)).Rejected);
    }

    [Fact]
    public async Task Rejects_what_is_no_object() =>
        Assert.Equal(["0 malformed", "1 malformed", "2 malformed"], (await at.Trackr.SendAsync("""{"receipts":[7,null,[]]}""")).Rejected);

    [Theory]
    [InlineData("")]
    [InlineData("receipts")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"receipts":null}""")]
    [InlineData("""{"receipts":{}}""")]
    [InlineData("""{"receipts":[]}""")]
    [InlineData("""{"receipts":[{}],"receipts":[{}]}""")]
    [InlineData("""{"receipts":[{"id":"a","id":"b"}]}""")]
    [InlineData("""{"receipts":[{"a":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}]}""")]
    [InlineData("""{"receipts":[{}]} {}""")]
    [InlineData("""{"receipts":[{"\ud800":1}]}""")]
    public async Task Refuses_a_body_that_is_no_batch(string body) => Assert.Equal("invalid_request", (await at.Trackr.SendAsync(body)).Is(HttpStatusCode.BadRequest).Error);

    [Fact]
    public async Task Refuses_another_content_type_a_body_too_large_and_one_that_is_no_utf8()
    {
        var body = """{"receipts":[{}]}""";
        Assert.Equal("invalid_request", (await at.Trackr.SendAsync(new StringContent(body, Encoding.UTF8, "text/plain"))).Is(HttpStatusCode.UnsupportedMediaType).Error);
        Assert.Equal("invalid_request", (await at.Trackr.SendAsync(new StringContent(body, Encoding.Latin1, "application/json"))).Is(HttpStatusCode.UnsupportedMediaType).Error);
        var bytes = new ByteArrayContent([.. Encoding.UTF8.GetBytes("{\"receipts\":[\""), 0xff, .. Encoding.UTF8.GetBytes("\"]}")]);
        bytes.Headers.ContentType = new("application/json");
        (await at.Trackr.SendAsync(bytes)).Is(HttpStatusCode.BadRequest);

        var room = ReceiptsEndpoint.MaxBytes - body.Length;
        (await at.Trackr.SendAsync(body + new string(' ', room))).Is(HttpStatusCode.OK);
        Assert.Equal("invalid_request", (await at.Trackr.SendAsync(body + new string(' ', room + 1))).Is(HttpStatusCode.RequestEntityTooLarge).Error);
        var chunked = await at.Trackr.SendAsync(body + new string(' ', room + 1), change: request => request.Headers.TransferEncodingChunked = true);
        chunked.Is(HttpStatusCode.RequestEntityTooLarge);
    }

    [Theory]
    [InlineData("zz\r\n", true), InlineData("ffffffffffffffff\r\n", true), InlineData("ffffffffffffffff\r\n", false)]
    public async Task Reads_no_second_request_after_a_body_whose_end_it_does_not_know(string chunk, bool known)
    {
        var url = new Uri(at.Broker.Issuer);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        using var client = new TcpClient();
        await client.ConnectAsync(url.Host, url.Port, deadline.Token);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /receipts/v1 HTTP/1.1\r\nHost: {url.Authority}\r\nAuthorization: Bearer {(known ? at.Trackr.Assertion() : "a.b.c")}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}"
            + $"GET /oauth2/jwks HTTP/1.1\r\nHost: {url.Authority}\r\n\r\n"), deadline.Token);
        var everything = await new StreamReader(client.GetStream()).ReadToEndAsync(deadline.Token);

        Assert.StartsWith(known ? "HTTP/1.1 400 " : "HTTP/1.1 401 ", everything, StringComparison.Ordinal);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(everything, "HTTP/1.1 "));
    }

    [Theory]
    [InlineData("GET"), InlineData("PUT"), InlineData("OPTIONS"), InlineData("DELETE")]
    public async Task Takes_post_only(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), at.Broker.Issuer + "/receipts/v1");
        using var response = await at.Broker.Http.SendAsync(request);
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "POST"), (response.StatusCode, Assert.Single(response.Content.Headers.Allow)));
    }

    [Fact]
    public async Task Is_on_the_public_port_alone()
    {
        using var response = await at.Broker.Http.PostAsync(new Uri(at.Broker.Management, "/receipts/v1"), new StringContent("{}"));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }
}
