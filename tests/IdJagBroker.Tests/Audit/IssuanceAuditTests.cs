using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Shared;
using Npgsql;

namespace IdJagBroker.Tests.Audit;

/// <summary>What the log holds of issued and refused tokens, read through the API and, where it must not be there, from the table.</summary>
public sealed class IssuanceAuditTests(BrokerFixture broker) : IClassFixture<BrokerFixture>
{
    [Fact, Trait("Spec", "IDP-53")]
    public async Task Holds_an_issued_token_by_name_and_hash_and_never_itself()
    {
        var answer = (await broker.Token.ExchangeAsync(("scope", "tickets:admin tickets:read"))).IsGranted();
        var token = (string)answer.Body!["access_token"]!;
        var row = Assert.Single(await broker.AuditAsync($"jti={answer.IdJag["jti"]}"))!;

        Assert.Equal(("idjag.issued", "ok", "agent"), ((string?)row["type"], (string?)row["outcome"], (string?)row["client"]));
        Assert.Equal(TestPolicies.TrackrIssuer, (string?)row["authserver"]);
        Assert.Equal(TestPolicies.Trackr, (string?)row["resource"]![0]);
        Assert.Equal((string?)Jwts.Header(token)["kid"], (string?)row["kid"]);
        Assert.StartsWith("sha256:", (string?)row["policy_rev"], StringComparison.Ordinal);
        var data = row["data"]!;
        var signingInput = token[..token.LastIndexOf('.')];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(signingInput))), (string?)data["signing_input_sha256"]);
        Assert.Equal("tickets:admin tickets:read", (string?)data["request"]!["scope"]);
        Assert.Equal("tickets:read", (string?)data["claims"]!["scope"]);
        Assert.Equal("eng-tickets", (string?)data["rules"]![0]);
        Assert.Equal(("client_secret_post", "okta", "phr"), ((string?)data["facts"]!["client_auth"], (string?)data["facts"]!["upstream"], (string?)data["facts"]!["acr"]));
        Assert.Equal("127.0.0.0/24", (string?)row["ip_net"]);
    }

    [Fact, Trait("Spec", "SEC-26")]
    public async Task Holds_no_token_secret_or_personal_detail_anywhere()
    {
        var idToken = broker.IdToken((_, claims) => { claims["email"] = "canary@acme.example"; claims["name"] = "Canary Person"; });
        var granted = (await broker.Token.ExchangeAsync(("subject_token", idToken))).IsGranted();
        (await broker.Token.ExchangeAsync(("subject_token", idToken), ("scope", "tickets:admin"))).IsRefused("invalid_scope");
        (await broker.Token.ExchangeAsync(("audience", TestPolicies.WikiIssuer), ("resource", null), ("scope", "pages:read"))).IsGranted();
        (await broker.Token.ExchangeAsync(("client_secret", "wrong-secret-canary"))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);

        await using var connection = new NpgsqlConnection(broker.ConnectionString);
        await connection.OpenAsync();
        await using var dump = new NpgsqlCommand("select string_agg(a::text, ' ') from (select event from audit_inbox union all select event from audit_event) a", connection);
        var everything = (string)(await dump.ExecuteScalarAsync())!;
        string[] forbidden = [broker.Secret, "wrong-secret-canary", "canary@", "Canary Person", "00u-ana", idToken.Split('.')[1], ((string)granted.Body!["access_token"]!).Split('.')[1], ((string)granted.Body["access_token"]!).Split('.')[2]];
        Assert.All(forbidden, text => Assert.DoesNotContain(text, everything, StringComparison.Ordinal));
    }

    [Fact, Trait("Spec", "IDP-53")]
    public async Task Holds_a_sub_that_is_random_and_leaves_out_one_that_is_the_upstreams()
    {
        var random = (await broker.Token.ExchangeAsync()).IsGranted().IdJag;
        var named = (await broker.Token.ExchangeAsync(("audience", TestPolicies.WikiIssuer), ("resource", null), ("scope", "pages:read"))).IsGranted().IdJag;

        async Task<JsonObject> RecordedAsync(JsonObject idJag) => Assert.Single(await broker.AuditAsync($"jti={idJag["jti"]}"))!["data"]!["claims"]!.AsObject();
        Assert.Equal((string?)random["sub"], (string?)(await RecordedAsync(random))["sub"]);
        Assert.Equal("00u-ana", (string?)named["sub"]);
        Assert.False((await RecordedAsync(named)).ContainsKey("sub"));
    }

    [Fact]
    public async Task Records_a_refusal_of_a_known_client_with_its_real_reason()
    {
        var answer = await broker.Token.ExchangeAsync(("audience", "https://nowhere.example"));
        var row = await broker.ExplainAsync(answer);

        Assert.Equal(("idjag.denied", "denied", "REQ_UNKNOWN_AUDIENCE", "agent"), ((string?)row["type"], (string?)row["outcome"], (string?)row["reason"], (string?)row["client"]));
        Assert.Equal("https://nowhere.example", (string?)row["data"]!["request"]!["audience"]);
        Assert.Equal("invalid_target", (string?)row["data"]!["error"]);
    }

    [Fact]
    public async Task Lets_nobody_unknown_write_into_the_log()
    {
        var before = (await broker.AuditAsync("limit=1000")).Count(e => (string?)e!["type"] is not "audit.read");
        var answer = await broker.Token.ExchangeAsync(("client_id", "a-stranger"));

        answer.IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        Assert.False(answer.Body!.ContainsKey("decision_id"));
        Assert.Equal(before, (await broker.AuditAsync("limit=1000")).Count(e => (string?)e!["type"] is not "audit.read"));
    }

    [Fact]
    public async Task Takes_every_text_that_a_client_can_send()
    {
        var odd = "https://x.example/\u202e\"';drop table audit_inbox;--\r\n\t" + new string('é', 2000);
        var answer = await broker.Token.ExchangeAsync(("audience", odd), ("resource", null));

        answer.IsRefused("invalid_target");
        var recorded = (string)(await broker.ExplainAsync(answer))["data"]!["request"]!["audience"]!;
        Assert.Equal(odd[..256], recorded);
    }

    [Fact]
    public async Task Joins_events_with_the_callers_trace()
    {
        var trace = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var answer = await broker.Token.SendAsync(broker.Token.Form(), request => request.Headers.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-01"));

        Assert.Equal(trace, (string?)Assert.Single(await broker.AuditAsync($"jti={answer.IdJag["jti"]}"))!["trace_id"]);
    }

    [Theory]
    [InlineData("update audit_event set reason = 'x'")]
    [InlineData("delete from audit_event")]
    [InlineData("truncate audit_event")]
    [InlineData("do $$ begin execute 'truncate ' || (select inhrelid::regclass from pg_inherits where inhparent = 'audit_event'::regclass limit 1); end $$")]
    [InlineData("do $$ begin execute 'update ' || (select tableoid::regclass from audit_event limit 1) || ' set event = event'; end $$")]
    [InlineData("update audit_log set size = size; delete from audit_event")]
    public async Task Refuses_to_be_changed_even_by_the_tables_owner(string sql)
    {
        var idJag = (await broker.Token.ExchangeAsync()).IsGranted().IdJag;
        Assert.Single(await broker.AuditAsync($"jti={idJag["jti"]}"));
        await using var connection = new NpgsqlConnection(broker.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);

        Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync())).SqlState);
    }

    [Fact]
    public async Task Commits_what_many_callers_bring_at_once_without_losing_one()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => broker.Token.ExchangeAsync()));
        var names = answers.Select(answer => (string)answer.IsGranted().IdJag["jti"]!).ToHashSet(StringComparer.Ordinal);

        var recorded = (await broker.AuditAsync("limit=1000&outcome=ok")).Select(row => (string?)row!["jti"]).ToHashSet();
        Assert.Subset(recorded, names.ToHashSet<string?>());
    }
}
