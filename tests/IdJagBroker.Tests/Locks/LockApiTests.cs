using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.Tests.Admin;
using IdJagBroker.Tests.Storage;
using Npgsql;

namespace IdJagBroker.Tests.Locks;

/// <summary><c>/admin/v1/locks</c>: what it shows, what it refuses, who may, and what it leaves in the log.</summary>
public sealed class LockApiTests(LocksBroker locks) : IClassFixture<LocksBroker>, IAsyncLifetime
{
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await Desk.LiftAllAsync();

    private BrokerFixture Broker => locks.Broker;

    private LockDesk Desk => locks.Desk;

    private Task<long> CountAsync(string where = "true") => Sql.ScalarAsync<long>(Broker.ConnectionString, $"select count(*) from issuance_lock where {where}");

    private Task<long> EventsAsync(string type) => Sql.ScalarAsync<long>(Broker.ConnectionString, $"select count(*) from {Sql.Log} where type = '{type}'");

    private static string In(TimeSpan life) => LockDesk.Instant(DateTimeOffset.UtcNow + life);

    public static TheoryData<string, string> Bodies => new()
    {
        { "{}", "/kind" },
        { """{"kind":"client","target":"agent","expires_at":"2999-01-01T00:00:00Z"}""", "/reason" },
        { """{"kind":"client","target":"agent","reason":"x"}""", "/expires_at" },
        { """{"kind":"everything","reason":"x"}""", "/expires_at" },
        { $$"""{"kind":"agent","target":"agent","reason":"x","expires_at":"{{In(TimeSpan.FromHours(1))}}"}""", "/kind" },
        { $$"""{"kind":1,"target":"agent","reason":"x","expires_at":"{{In(TimeSpan.FromHours(1))}}"}""", "/kind" },
        { $$"""{"kind":"client","reason":"x","expires_at":"{{In(TimeSpan.FromHours(1))}}"}""", "/target" },
        { $$"""{"kind":"client","target":"","reason":"x","expires_at":"{{In(TimeSpan.FromHours(1))}}"}""", "/target" },
        { $$"""{"kind":"client","target":"a\u0000b","reason":"x","expires_at":"{{In(TimeSpan.FromHours(1))}}"}""", "/target" },
        { $$"""{"kind":"client","target":"{{new string('a', 2049)}}","reason":"x","expires_at":"{{In(TimeSpan.FromHours(1))}}"}""", "/target" },
        { $$"""{"kind":"everything","target":"agent","reason":"x","expires_at":"{{In(TimeSpan.FromHours(1))}}"}""", "/target" },
        { $$"""{"kind":"client","target":"agent","reason":" ","expires_at":"{{In(TimeSpan.FromHours(1))}}"}""", "/reason" },
        { $$"""{"kind":"client","target":"agent","reason":"a\nb","expires_at":"{{In(TimeSpan.FromHours(1))}}"}""", "/reason" },
        { $$"""{"kind":"client","target":"agent","reason":"{{new string('a', 501)}}","expires_at":"{{In(TimeSpan.FromHours(1))}}"}""", "/reason" },
        { $$"""{"kind":"client","target":"agent","reason":"x","ticket":"","expires_at":"{{In(TimeSpan.FromHours(1))}}"}""", "/ticket" },
        { $$"""{"kind":"client","target":"agent","reason":"x","ticket":"{{new string('1', 101)}}","expires_at":"{{In(TimeSpan.FromHours(1))}}"}""", "/ticket" },
        { """{"kind":"client","target":"agent","reason":"x","expires_at":"tomorrow"}""", "/expires_at" },
        { $$"""{"kind":"client","target":"agent","reason":"x","expires_at":"{{In(TimeSpan.Zero)}}"}""", "/expires_at" },
        { $$"""{"kind":"client","target":"agent","reason":"x","expires_at":"{{In(TimeSpan.FromDays(367))}}"}""", "/expires_at" },
        { $$"""{"kind":"everything","reason":"x","expires_at":"{{In(TimeSpan.FromDays(367))}}"}""", "/expires_at" },
        { $$"""{"kind":"client","target":"agent","reason":"x","for":"2h","expires_at":"{{In(TimeSpan.FromHours(1))}}"}""", "/for" },
    };

    [Theory, MemberData(nameof(Bodies))]
    public async Task Refuses_a_lock_that_is_none_and_says_at_which_member(string body, string pointer)
    {
        var (locked, recorded) = (await CountAsync(), await EventsAsync("lock.set"));
        (await Desk.PostAsync(body)).IsProblem(HttpStatusCode.BadRequest, "invalid-request", pointer);
        Assert.Equal((locked, recorded), (await CountAsync(), await EventsAsync("lock.set")));
    }

    [Theory]
    [InlineData("client", "nobody", "'nobody' is not a client")]
    [InlineData("client", AdminDesk.Siem, "is not a client")]
    [InlineData("audience", "https://nowhere.example", "'https://nowhere.example' is not an authorization server")]
    [InlineData("audience", TestPolicies.Trackr, "is not an authorization server")]
    [InlineData("resource", "https://nowhere.example/", "'https://nowhere.example/' is not a resource")]
    [InlineData("resource", "not a uri", "'not a uri' is not a resource")]
    [InlineData("key", "no-such-kid", "'no-such-kid' is not a signing key")]
    [InlineData("subject", "s_AAAAAAAAAAAAAAAAAAAAAA", "stands for nobody")]
    [InlineData("subject", "00u-ana", "stands for nobody")]
    [InlineData("subject", "acme|00u-ana", "'acme' is not an identity provider")]
    [InlineData("subject", "okta|", "After the bar")]
    [InlineData("subject", "entra|11111111-1111-4111-8111-111111111111", "tid/oid")]
    public async Task Refuses_to_lock_what_there_is_not_and_says_which(string kind, string target, string says)
    {
        var locked = await CountAsync();
        var refused = await Desk.PostAsync(LockDesk.Body(kind, target));
        refused.IsProblem(HttpStatusCode.UnprocessableEntity, "unknown-target", "/target");
        Assert.Contains(says, (string?)refused.Body["title"], StringComparison.Ordinal);
        Assert.Equal(locked, await CountAsync());
    }

    [Fact]
    public async Task Says_what_was_perhaps_meant()
    {
        Assert.Equal("Did you mean 'agent'?", (string?)(await Desk.PostAsync(LockDesk.Body("client", "agnet"))).Body["detail"]);
        Assert.Equal("Did you mean 'trackr'?", (string?)(await Desk.PostAsync(LockDesk.Body("audience", "tracker"))).Body["detail"]);
        Assert.Null((await Desk.PostAsync(LockDesk.Body("client", "somebody-else"))).Body["detail"]);
    }

    [Fact]
    public async Task Refuses_keys_that_sign_no_tokens()
    {
        async Task RefusedAsync(string where, string says)
        {
            var kid = await Sql.ScalarAsync<string>(Broker.ConnectionString, $"select kid from signing_key where {where}");
            var refused = await Desk.PostAsync(LockDesk.Body("key", kid));
            refused.IsProblem(HttpStatusCode.UnprocessableEntity, "unknown-target", "/target");
            Assert.Contains(says, (string?)refused.Body["title"], StringComparison.Ordinal);
        }
        await RefusedAsync("purpose = 'audit_checkpoint'", "'audit_checkpoint': it signs no token");
        await RefusedAsync("purpose = 'audit_export'", "'audit_export': it signs no token");
        await Sql.ExecuteAsync(Broker.ConnectionString,
            """
            insert into signing_key (kid, purpose, algorithm, provider, place, state, public_jwk, reference, created_at, retired_at)
            values ('old-key', 'id_jag', 'ES256', 'test', 'elsewhere', 'removed', '{}', '', now(), now()) returning 1
            """);
        await RefusedAsync("kid = 'old-key'", "signs nothing more");
    }

    [Fact]
    public async Task Names_a_registered_client_by_its_id()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Broker.Management, "/admin/v1/clients"))
        {
            Content = new StringContent("""{"alias":"filed"}""", new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")), Headers = { Authorization = new("Bearer", BrokerFixture.ManagementToken) },
        };
        using var response = await Broker.Http.SendAsync(request);
        var id = (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["client_ids"]![0]!;

        var one = await Desk.SetAsync("client", id);
        Assert.Equal("filed", (string?)one["target"]);
        await Desk.LiftAsync(one);
    }

    [Fact]
    public async Task Holds_for_a_year_and_a_day_at_most()
    {
        var one = await Desk.SetAsync("client", "retired", TimeSpan.FromDays(366) - TimeSpan.FromSeconds(5));
        await Desk.LiftAsync(one);
    }

    [Fact]
    public async Task Is_for_nobody_without_the_scope_of_each()
    {
        (await Desk.SendAsync(HttpMethod.Get, token: null)).Is(HttpStatusCode.Unauthorized);
        (await Desk.SendAsync(HttpMethod.Post, json: LockDesk.Body("everything", null), token: null)).Is(HttpStatusCode.Unauthorized);
        var one = await Desk.SetAsync("client", "retired");
        string path = $"/{one["id"]}", lift = """{"reason":"x"}""";

        foreach (var token in new[] { await new AdminDesk(Broker).OperatorTokenAsync(), await new AdminDesk(Broker).SiemTokenAsync(), await Desk.WardenTokenAsync("locks.read") })
        {
            (await Desk.SendAsync(HttpMethod.Post, json: LockDesk.Body("everything", null), token: token)).IsProblem(HttpStatusCode.Forbidden, "insufficient-scope");
            (await Desk.SendAsync(HttpMethod.Delete, path, lift, token: token)).IsProblem(HttpStatusCode.Forbidden, "insufficient-scope");
        }
        foreach (var token in new[] { await new AdminDesk(Broker).OperatorTokenAsync(), await Desk.WardenTokenAsync("locks.write") })
        {
            (await Desk.SendAsync(HttpMethod.Get, token: token)).IsProblem(HttpStatusCode.Forbidden, "insufficient-scope");
            (await Desk.SendAsync(HttpMethod.Get, path, token: token)).IsProblem(HttpStatusCode.Forbidden, "insufficient-scope");
        }
        (await Desk.SendAsync(HttpMethod.Get, path, token: await Desk.WardenTokenAsync("locks.read"))).Is(HttpStatusCode.OK);
        (await Desk.SendAsync(HttpMethod.Delete, path, lift, token: await Desk.WardenTokenAsync("locks.write"))).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Shows_a_lock_as_it_was_set_and_as_it_was_lifted()
    {
        var token = await Desk.WardenTokenAsync();
        var created = (await Desk.SendAsync(HttpMethod.Post, json: LockDesk.Body("audience", "closed", ticket: "INC-4711"), token: token)).Is(HttpStatusCode.Created);
        Assert.True(created.NoStore, "no-store is missing");
        var one = created.Body;
        var path = $"/{one["id"]}";
        Assert.Equal(("audience", "https://closed.example", "active", LockDesk.Reason, "INC-4711", "warden"),
            ((string?)one["kind"], (string?)one["target"], (string?)one["state"], (string?)one["reason"], (string?)one["ticket"], (string?)one["set_by"]));
        Assert.InRange((DateTimeOffset)one["set_at"]!, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddSeconds(1));
        Assert.Null(one["lifted_at"]);

        var got = (await Desk.GetAsync(path)).Is(HttpStatusCode.OK);
        Assert.True(JsonNode.DeepEquals(one, got.Body), got.Text);
        Assert.Equal(created.ETag, got.ETag);

        (await Desk.SendAsync(HttpMethod.Delete, path)).Is(HttpStatusCode.UnsupportedMediaType);
        (await Desk.SendAsync(HttpMethod.Delete, path, "{}")).IsProblem(HttpStatusCode.BadRequest, "invalid-request", "/reason");
        (await Desk.SendAsync(HttpMethod.Delete, path, """{"reason":""}""")).IsProblem(HttpStatusCode.BadRequest, "invalid-request", "/reason");
        (await Desk.SendAsync(HttpMethod.Delete, path, """{"reason":"x","id":"y"}""")).IsProblem(HttpStatusCode.BadRequest, "invalid-request", "/id");
        (await Desk.SendAsync(HttpMethod.Delete, path, """{"reason":"x"}""", "\"0\"")).IsProblem(HttpStatusCode.PreconditionFailed, "precondition-failed");
        Assert.Equal("active", (string?)(await Desk.GetAsync(path)).Body["state"]);

        var lifted = (await Desk.SendAsync(HttpMethod.Delete, path, """{"reason":"the vendor says all is well"}""", got.ETag, token)).Is(HttpStatusCode.OK);
        Assert.Equal(("lifted", "warden", "the vendor says all is well", LockDesk.Reason), ((string?)lifted.Body["state"], (string?)lifted.Body["lifted_by"], (string?)lifted.Body["lift_reason"], (string?)lifted.Body["reason"]));
        Assert.NotEqual(got.ETag, lifted.ETag);
        Assert.True(JsonNode.DeepEquals(lifted.Body, (await Desk.GetAsync(path)).Body));
        (await Desk.SendAsync(HttpMethod.Delete, path, """{"reason":"again"}""")).IsProblem(HttpStatusCode.Conflict, "lock-not-in-force");

        foreach (var nothing in new[] { "/" + Guid.CreateVersion7(), "/nothing", "/%C3%A4" })
        {
            (await Desk.GetAsync(nothing)).IsProblem(HttpStatusCode.NotFound, "lock-not-found");
            (await Desk.SendAsync(HttpMethod.Delete, nothing, """{"reason":"x"}""")).IsProblem(HttpStatusCode.NotFound, "lock-not-found");
        }
    }

    [Fact]
    public async Task Records_both_with_who_why_and_until_when_where_a_search_for_the_target_finds_them()
    {
        var token = await Desk.WardenTokenAsync();
        var session = (string?)IdJagBroker.Shared.Jwts.Claims(token)["jti"];
        var kid = await Sql.ScalarAsync<string>(Broker.ConnectionString, "select kid from signing_key where purpose = 'id_jag' and algorithm = 'RS256' and state = 'active'");
        foreach (var (kind, target, member, filter) in new[]
        {
            ("client", "retired", "client", "client=retired"), ("audience", "wiki", "authserver", "authserver=wiki"), ("resource", "wiki-mcp", "resource", "resource=wiki-mcp"),
            ("subject", "okta|00u-zoe", "subject_key", "subject=okta%7C00u-zoe"), ("key", kid, "kid", $"kid={kid}"), ("everything", null, "none", "actor=warden"),
        })
        {
            var one = (await Desk.SendAsync(HttpMethod.Post, json: LockDesk.Body(kind, target, ticket: "INC-1"), token: token)).Is(HttpStatusCode.Created).Body;
            (await Desk.SendAsync(HttpMethod.Delete, $"/{one["id"]}", """{"reason":"over"}""", token: token)).Is(HttpStatusCode.OK);

            foreach (var (type, reason) in new[] { ("lock.set", LockDesk.Reason), ("lock.lifted", "over") })
            {
                var found = Assert.Single(await Broker.AuditAsync($"type={type}&{filter}&limit=1"))!;
                Assert.Equal(("admin", "warden", "operator", session, "ok"),
                    ((string?)found["actor"]!["kind"], (string?)found["actor"]!["key"], (string?)found["actor"]!["role"], (string?)found["actor"]!["session"], (string?)found["outcome"]));
                var data = found["data"]!;
                Assert.Equal(((string?)one["id"], kind, (string?)one["target"], reason, "INC-1", ((DateTimeOffset)one["expires_at"]!).ToUnixTimeSeconds()),
                    ((string?)data["lock"], (string?)data["kind"], (string?)data["target"], (string?)data["reason"], (string?)data["ticket"], (long)data["expires_at"]!));
                if (kind is "everything") Assert.True(one["target"] is null && data.AsObject().ContainsKey("target"), one.ToJsonString());
                else Assert.Equal((string?)one["target"], (string?)(found[member] is JsonArray uris ? Assert.Single(uris) : found[member]));
            }
        }
    }

    [Fact]
    public async Task Lists_those_in_force_and_all_by_page()
    {
        var (first, second, third) = (await Desk.SetAsync("client", "retired"), await Desk.SetAsync("client", "unmapped"), await Desk.SetAsync("client", "unset"));
        await Desk.LiftAsync(second);
        async Task<List<string?>> ListAsync(string query) => [.. (await Desk.GetAsync(query)).Is(HttpStatusCode.OK).Body["locks"]!.AsArray().Select(one => (string?)one!["id"])];

        Assert.Equal([(string?)third["id"], (string?)first["id"]], await ListAsync(""));
        Assert.Equal(await ListAsync(""), await ListAsync("?state=active"));
        Assert.Equal([(string?)third["id"], (string?)second["id"], (string?)first["id"]], (await ListAsync("?state=all")).Take(3));
        var page = (await Desk.GetAsync("?state=all&limit=2")).Is(HttpStatusCode.OK).Body;
        Assert.Equal((string?)second["id"], (string?)page["next"]);
        Assert.Equal((string?)first["id"], (await ListAsync($"?state=all&limit=2&after={page["next"]}"))[0]);
        Assert.Equal([(string?)first["id"]], await ListAsync($"?after={third["id"]}"));
        Assert.Null((await Desk.GetAsync()).Body["next"]);

        foreach (var wrong in new[] { "?state=lifted", "?limit=0", "?limit=1001", "?limit=x", "?after=x", "?state=all&state=all", "?kind=client" })
            (await Desk.GetAsync(wrong)).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        await Desk.LiftAsync(first);
        await Desk.LiftAsync(third);
    }

    [Fact]
    public async Task Is_never_deleted_and_never_becomes_another_whoever_asks_the_database()
    {
        var one = await Desk.SetAsync("client", "retired");
        async Task RefusedAsync(string sql, string state) => Assert.Equal(state, (await Assert.ThrowsAsync<PostgresException>(() => Sql.ExecuteAsync(Broker.ConnectionString, sql + "; select 1"))).SqlState);
        await RefusedAsync("delete from issuance_lock", "42501");
        await RefusedAsync("truncate issuance_lock", "42501");
        await RefusedAsync($"update issuance_lock set expires_at = now() + interval '1 s' where id = '{one["id"]}'", "23514");
        await RefusedAsync($"update issuance_lock set target = 'agent' where id = '{one["id"]}'", "23514");
        await Desk.LiftAsync(one);
        await RefusedAsync($"update issuance_lock set lifted_at = null, lifted_by = null, lift_reason = null where id = '{one["id"]}'", "23514");
        await RefusedAsync($"update issuance_lock set lift_reason = 'another' where id = '{one["id"]}'", "23514");
    }
}

/// <summary>What needs a broker of its own.</summary>
public sealed class LockLimitTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private readonly LocksBroker _locks = new(postgres);

    public ValueTask InitializeAsync() => _locks.InitializeAsync();

    public ValueTask DisposeAsync() => _locks.DisposeAsync();

    [Fact]
    public async Task Does_not_hold_if_it_cannot_be_recorded()
    {
        var (broker, desk) = (_locks.Broker, _locks.Desk);
        var one = await desk.SetAsync("client", "editor");
        await Sql.ExecuteAsync(broker.ConnectionString, "alter table audit_inbox add constraint no_locks check (event not like '%\"type\":\"lock.%'); select 1");

        Assert.NotEqual(HttpStatusCode.Created, (await desk.PostAsync(LockDesk.Body("client", "agent"))).Status);
        Assert.NotEqual(HttpStatusCode.OK, (await desk.SendAsync(HttpMethod.Delete, $"/{one["id"]}", """{"reason":"x"}""")).Status);
        (await broker.Token.ExchangeAsync()).IsGranted();
        await desk.IsLockedAsync(await broker.Token.ExchangeByAssertionAsync(broker.Token.Assertion()), one);
    }

    [Fact]
    public async Task Refuses_more_than_every_replica_keeps_in_memory()
    {
        var (broker, desk) = (_locks.Broker, _locks.Desk);
        await Sql.ExecuteAsync(broker.ConnectionString,
            """
            insert into issuance_lock (id, kind, target, reason, set_at, set_by, expires_at)
            select gen_random_uuid(), 'subject', 's_' || n, 'x', now(), 'test', now() + interval '1 hour' from generate_series(1, 9999) n returning 1
            """);
        var last = await desk.SetAsync("client", "agent");
        (await desk.PostAsync(LockDesk.Body("client", "editor"))).IsProblem(HttpStatusCode.Conflict, "too-many-locks");
        await desk.IsLockedAsync(await broker.Token.ExchangeAsync(), last);
        await desk.LiftAsync(last);
        (await broker.Token.ExchangeAsync()).IsGranted();
    }
}
