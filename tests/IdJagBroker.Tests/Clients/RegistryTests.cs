using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using IdJagBroker.Clients;
using IdJagBroker.Shared;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Clients;

/// <summary><c>/admin/v1/clients</c>: every operation over HTTP, what it does to the token endpoint, and what the log says of it.</summary>
public sealed class RegistryTests(RegistryFixture registry) : IClassFixture<RegistryFixture>
{
    private RegistryBroker Broker => registry.Broker;

    private static string Keys(params (ECDsa Key, string KeyId)[] keys) =>
        new JsonObject { ["keys"] = new JsonArray([.. keys.Select(k => (JsonNode)TestIdp.Jwk(k.Key, k.KeyId))]) }.ToJsonString();

    [Fact, Trait("Spec", "SEC-33"), Trait("Spec", "CIMD-11")]
    public async Task Registers_a_client_that_then_gets_an_id_jag_as_its_catalogue_entry_says()
    {
        await registry.ClearAsync();
        var created = (await Broker.PostAsync("clients", """{"alias":"notes"}""")).Is(HttpStatusCode.Created);
        var clientId = (string)created.Body["client_ids"]![0]!;
        Assert.StartsWith("c-", clientId, StringComparison.Ordinal);
        Assert.Equal(24, clientId.Length);
        Assert.Equal(("active", "database", "internal", "client_secret"), ((string?)created.Body["state"], (string?)created.Body["owner"], (string?)created.Body["trust"], (string?)created.Body["auth"]));
        Assert.Equal("tk-notes", (string?)created.Body["client_ids_at_authorization_servers"]!["trackr"]);

        var secret = (await Broker.PostAsync("clients/notes/secrets")).Is(HttpStatusCode.Created);
        Assert.NotEqual(created.ETag, secret.ETag);
        Assert.Equal(secret.ETag, await Broker.TagAsync("notes"));

        var granted = (await registry.ExchangeAsync(clientId, (string)secret.Body["secret"]!)).IsGranted();
        Assert.Equal("tk-notes", (string?)granted.IdJag["client_id"]);
    }

    [Fact, Trait("Spec", "SEC-19"), Trait("Spec", "SEC-20")]
    public async Task Takes_assertions_under_the_registered_keys_and_no_other()
    {
        var (clientId, _) = await registry.RegisterAsync("robot", withSecret: false);
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (await registry.ExchangeByAssertionAsync(clientId, registry.Key, "k1")).IsRefused("invalid_client", HttpStatusCode.Unauthorized);

        var set = (await Broker.PutAsync("clients/robot/jwks", Keys((registry.Key, "k1")), await Broker.TagAsync("robot"))).Is(HttpStatusCode.OK);
        Assert.Equal("k1", (string?)set.Body["jwks"]!["keys"]![0]!["kid"]);
        (await registry.ExchangeByAssertionAsync(clientId, registry.Key, "k1")).IsGranted();
        (await registry.ExchangeByAssertionAsync(clientId, next, "k1")).IsRefused("invalid_client", HttpStatusCode.Unauthorized);

        set = (await Broker.PutAsync("clients/robot/jwks", Keys((registry.Key, "k1"), (next, "k2")), set.ETag)).Is(HttpStatusCode.OK);
        (await registry.ExchangeByAssertionAsync(clientId, registry.Key, "k1")).IsGranted();
        (await registry.ExchangeByAssertionAsync(clientId, next, "k2")).IsGranted();
        (await Broker.PutAsync("clients/robot/jwks", Keys((next, "k2")), set.ETag)).Is(HttpStatusCode.OK);
        (await registry.ExchangeByAssertionAsync(clientId, registry.Key, "k1")).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("d")]
    [InlineData("p")]
    [InlineData("q")]
    [InlineData("dp")]
    [InlineData("dq")]
    [InlineData("qi")]
    [InlineData("oth")]
    [InlineData("k")]
    public async Task Refuses_a_private_key_without_repeating_or_keeping_it(string member)
    {
        await registry.RegisterAsync("robot", withSecret: false);
        const string value = "c2VjcmV0LXByaXZhdGUtcGFydA";
        var good = TestIdp.Jwk(registry.Key, "k1");
        var bad = TestIdp.Jwk(registry.Key, "k2");
        bad[member] = value;
        var body = new JsonObject { ["keys"] = new JsonArray(good, bad) }.ToJsonString();

        var refused = await Broker.PutAsync("clients/robot/jwks", body, await Broker.TagAsync("robot"));

        refused.IsProblem(HttpStatusCode.BadRequest, "invalid-request", $"/keys/1/{member}");
        Assert.DoesNotContain(value, refused.Text, StringComparison.Ordinal);
        Assert.Null((await Broker.GetAsync("clients/robot")).Body["jwks"]);
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() =>
            Sql.ExecuteAsync(registry.ConnectionString, $$$"""update client set jwks = '{"keys":[{"kty":"EC"},{"kty":"EC","{{{member}}}":"x"}]}' where alias = 'robot'; select 1"""));
    }

    [Fact]
    public async Task Keeps_of_a_key_only_what_it_understood()
    {
        await registry.RegisterAsync("robot", withSecret: false);
        var key = TestIdp.Jwk(registry.Key, "k1");
        key["x-note"] = "anything at all";

        (await Broker.PutAsync("clients/robot/jwks", new JsonObject { ["keys"] = new JsonArray(key) }.ToJsonString(), await Broker.TagAsync("robot"))).Is(HttpStatusCode.OK);
        Assert.DoesNotContain("anything", await Sql.ScalarAsync<string>(registry.ConnectionString, "select jwks::text from client where alias = 'robot'"), StringComparison.Ordinal);
    }

    [Fact, Trait("Spec", "SEC-23")]
    public async Task Shows_a_secret_once_and_keeps_only_its_hash()
    {
        var (clientId, _) = await registry.RegisterAsync("notes", withSecret: false);
        var added = (await Broker.PostAsync("clients/notes/secrets")).Is(HttpStatusCode.Created);
        var secret = (string)added.Body["secret"]!;

        Assert.True(added.NoStore, "no-store is missing");
        Assert.Equal(32, System.Buffers.Text.Base64Url.DecodeFromChars(secret).Length);
        (await registry.ExchangeAsync(clientId, secret)).IsGranted();
        var stored = await Sql.ScalarAsync<string>(registry.ConnectionString, "select to_jsonb(client)::text from client where alias = 'notes'");
        Assert.Contains("hmac-sha256:", stored, StringComparison.Ordinal);
        var hash = (string)JsonNode.Parse(stored)!["secret_hashes"]![0]!["hash"]!;
        var log = await Sql.ScalarAsync<string>(registry.ConnectionString, $"select string_agg(e::text, '') from {Sql.Log}");
        var views = (await Broker.GetAsync("clients/notes")).Text + (await Broker.GetAsync("clients")).Text + log;
        Assert.DoesNotContain(secret, stored + views, StringComparison.Ordinal);
        Assert.DoesNotContain(hash, views, StringComparison.Ordinal);
        Assert.Contains((string)added.Body["id"]!, views, StringComparison.Ordinal);
    }

    [Fact, Trait("Spec", "SEC-23")]
    public async Task Imports_a_secret_of_at_least_32_characters_and_does_not_repeat_it()
    {
        var (clientId, _) = await registry.RegisterAsync("notes", withSecret: false);
        (await Broker.PostAsync("clients/notes/secrets", $$"""{"secret":"{{new string('x', 31)}}"}""")).IsProblem(HttpStatusCode.BadRequest, "invalid-request", "/secret");
        (await Broker.PostAsync("clients/notes/secrets", $$"""{"secret":"{{new string('x', 513)}}"}""")).IsProblem(HttpStatusCode.BadRequest, "invalid-request", "/secret");
        (await Broker.PostAsync("clients/notes/secrets", $$"""{"secret":"{{new string('ä', 40)}}"}""")).IsProblem(HttpStatusCode.BadRequest, "invalid-request", "/secret");

        const string imported = "an-imported-secret-of-32-chars+!";
        var added = (await Broker.PostAsync("clients/notes/secrets", $$"""{"secret":"{{imported}}"}""")).Is(HttpStatusCode.Created);
        Assert.DoesNotContain(imported, added.Text, StringComparison.Ordinal);
        (await registry.ExchangeAsync(clientId, imported)).IsGranted();
        (await Broker.PostAsync("clients/notes/secrets", $$"""{"secret":"{{imported}}"}""")).IsProblem(HttpStatusCode.Conflict, "secret-repeated", "/secret");
    }

    [Fact]
    public async Task Rotates_a_secret_without_a_failed_request()
    {
        var (clientId, old) = await registry.RegisterAsync("notes");
        var current = old;
        using var stop = new CancellationTokenSource();
        var answers = new List<HttpStatusCode>();
        var load = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) answers.Add((await registry.ExchangeAsync(clientId, Volatile.Read(ref current))).Status);
        });
        for (var rotation = 0; rotation < 5; rotation++)
        {
            var before = (string)(await Broker.GetAsync("clients/notes")).Body["secrets"]!.AsArray()[0]!["id"]!;
            var next = (await Broker.PostAsync("clients/notes/secrets")).Is(HttpStatusCode.Created);
            var seen = answers.Count;
            Volatile.Write(ref current, (string)next.Body["secret"]!);
            while (answers.Count < seen + 3 && !load.IsCompleted) await Task.Delay(5);          // what was under way with the old one has ended
            (await Broker.DeleteAsync($"clients/notes/secrets/{before}")).Is(HttpStatusCode.OK);
        }
        await stop.CancelAsync();
        await load;

        Assert.True(answers.Count > 15);
        Assert.All(answers, status => Assert.Equal(HttpStatusCode.OK, status));
        (await registry.ExchangeAsync(clientId, old)).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Has_two_live_secrets_at_most_and_retires_each_by_its_id()
    {
        var (clientId, first) = await registry.RegisterAsync("notes");
        var second = (await Broker.PostAsync("clients/notes/secrets")).Is(HttpStatusCode.Created).Body;
        (await Broker.PostAsync("clients/notes/secrets")).IsProblem(HttpStatusCode.Conflict, "two-secrets-live");
        (await registry.ExchangeAsync(clientId, first)).IsGranted();
        (await registry.ExchangeAsync(clientId, (string)second["secret"]!)).IsGranted();

        (await Broker.DeleteAsync("clients/notes/secrets/s-other")).IsProblem(HttpStatusCode.NotFound, "secret-not-found");
        (await Broker.DeleteAsync($"clients/notes/secrets/{second["id"]}")).Is(HttpStatusCode.OK);
        (await registry.ExchangeAsync(clientId, (string)second["secret"]!)).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        (await registry.ExchangeAsync(clientId, first)).IsGranted();
    }

    [Fact]
    public async Task Lets_a_secret_expire_by_itself_and_forgets_it_with_the_next()
    {
        var (clientId, first) = await registry.RegisterAsync("notes");
        var soon = DateTimeOffset.UtcNow.AddSeconds(2);
        var brief = (await Broker.PostAsync("clients/notes/secrets", $$"""{"expires_at":"{{soon:yyyy-MM-ddTHH:mm:ss.ffffffZ}}"}""")).Is(HttpStatusCode.Created).Body;
        (await registry.ExchangeAsync(clientId, (string)brief["secret"]!)).IsGranted();

        while (DateTimeOffset.UtcNow <= soon) await Task.Delay(50);
        (await registry.ExchangeAsync(clientId, (string)brief["secret"]!)).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        (await registry.ExchangeAsync(clientId, first)).IsGranted();
        (await Broker.PostAsync("clients/notes/secrets")).Is(HttpStatusCode.Created);
        Assert.DoesNotContain((string)brief["id"]!, (await Broker.GetAsync("clients/notes")).Text, StringComparison.Ordinal);
    }

    [Fact, Trait("Spec", "IDP-25"), Trait("Spec", "SEC-33")]
    public async Task Disables_without_a_version_and_enables_with_one()
    {
        var (clientId, secret) = await registry.RegisterAsync("notes");
        var disabled = (await Broker.PostAsync("clients/notes/disable")).Is(HttpStatusCode.OK);
        Assert.Equal("disabled", (string?)disabled.Body["state"]);
        (await registry.ExchangeAsync(clientId, secret)).IsRefused("unauthorized_client");
        (await registry.ExchangeAsync(clientId, "wrong")).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        Assert.Equal(disabled.ETag, (await Broker.PostAsync("clients/notes/disable")).Is(HttpStatusCode.OK).ETag);       // nothing left to do

        (await Broker.PostAsync("clients/notes/enable")).IsProblem(HttpStatusCode.PreconditionRequired, "precondition-required");
        (await Broker.PostAsync("clients/notes/enable", ifMatch: "\"1\"")).IsProblem(HttpStatusCode.PreconditionFailed, "precondition-failed");
        (await Broker.PostAsync("clients/notes/disable", ifMatch: "\"1\"")).IsProblem(HttpStatusCode.PreconditionFailed, "precondition-failed");
        (await Broker.PostAsync("clients/notes/enable", ifMatch: disabled.ETag)).Is(HttpStatusCode.OK);
        (await registry.ExchangeAsync(clientId, secret)).IsGranted();
    }

    [Fact]
    public async Task Replaces_ids_and_deletes_only_the_version_that_was_read()
    {
        var (clientId, secret) = await registry.RegisterAsync("notes");
        var tag = await Broker.TagAsync("notes");
        const string body = """{"client_ids":["notes-1","notes-2"],"enabled":true}""";
        (await Broker.PutAsync("clients/notes", body, null)).IsProblem(HttpStatusCode.PreconditionRequired, "precondition-required");
        (await Broker.PutAsync("clients/notes", body, "W/" + tag)).IsProblem(HttpStatusCode.PreconditionFailed, "precondition-failed");
        (await Broker.PutAsync("clients/notes", body, "*")).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        (await Broker.PutAsync("clients/notes", body, "no tag")).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        var updated = (await Broker.PutAsync("clients/notes", body, tag)).Is(HttpStatusCode.OK);
        (await Broker.PutAsync("clients/notes", body, tag)).IsProblem(HttpStatusCode.PreconditionFailed, "precondition-failed");

        (await registry.ExchangeAsync("notes-1", secret)).IsGranted();
        (await registry.ExchangeAsync("notes-2", secret)).IsGranted();
        (await registry.ExchangeAsync(clientId, secret)).IsRefused("invalid_client", HttpStatusCode.Unauthorized);

        (await Broker.DeleteAsync("clients/notes")).IsProblem(HttpStatusCode.PreconditionRequired, "precondition-required");
        (await Broker.DeleteAsync("clients/notes", tag)).IsProblem(HttpStatusCode.PreconditionFailed, "precondition-failed");
        (await Broker.DeleteAsync("clients/notes", updated.ETag)).Is(HttpStatusCode.NoContent);
        (await registry.ExchangeAsync("notes-1", secret)).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        Assert.Equal("unregistered", (string?)(await Broker.GetAsync("clients/notes")).Is(HttpStatusCode.OK).Body["state"]);
        var again = (await Broker.PostAsync("clients", """{"alias":"notes"}""")).Is(HttpStatusCode.Created);
        Assert.NotEqual(tag, again.ETag);           // an old version does not come back with a new registration
        Assert.NotEqual(updated.ETag, again.ETag);
    }

    [Fact]
    public async Task Lets_one_of_twenty_parallel_updates_win_each_version()
    {
        await registry.RegisterAsync("notes", withSecret: false);
        for (var round = 0; round < 5; round++)
        {
            var tag = await Broker.TagAsync("notes");
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
                Broker.PutAsync("clients/notes", $$"""{"client_ids":["race-{{round}}-{{i}}"],"enabled":true}""", tag)));

            var winner = Assert.Single(answers, answer => answer.Status is HttpStatusCode.OK);
            Assert.Equal(19, answers.Count(answer => answer.Status is HttpStatusCode.PreconditionFailed));
            Assert.Equal((string?)winner.Body["client_ids"]![0], (string?)(await Broker.GetAsync("clients/notes")).Body["client_ids"]![0]);
        }
        Assert.Equal(5, (await registry.EventsAsync("notes")).Count(e => ((string?)e["data"]!["after"]?["client_ids"]?[0])?.StartsWith("race-", StringComparison.Ordinal) is true));
    }

    [Fact]
    public async Task Lets_two_parallel_registrations_share_no_client_id()
    {
        for (var round = 0; round < 5; round++)
        {
            await registry.ClearAsync();
            var answers = await Task.WhenAll(new[] { "notes", "spare", "robot" }.Select(alias =>
                Broker.PostAsync("clients", $$"""{"alias":"{{alias}}","client_ids":["shared-{{round}}","own-{{alias}}"]}""")));
            Assert.Single(answers, answer => answer.Status is HttpStatusCode.Created);
            Assert.All(answers.Where(answer => answer.Status is not HttpStatusCode.Created), answer => answer.IsProblem(HttpStatusCode.Conflict, "client-id-taken", "/client_ids"));
        }
    }

    [Fact]
    public async Task Leaves_to_the_file_what_the_file_owns()
    {
        await registry.RegisterAsync("notes");
        var tag = await Broker.TagAsync("notes");
        foreach (var attempt in new[]
        {
            Broker.PostAsync("clients", """{"alias":"filed"}"""), Broker.PutAsync("clients/filed", """{"client_ids":["x"],"enabled":true}""", tag),
            Broker.PostAsync("clients/filed/disable"), Broker.PostAsync("clients/filed/enable", ifMatch: tag), Broker.DeleteAsync("clients/filed", tag),
            Broker.PostAsync("clients/filed/secrets"), Broker.DeleteAsync("clients/filed/secrets/x"),
            Broker.PutAsync("clients/filed/jwks", Keys((registry.Key, "k1")), tag),
        }) (await attempt).IsProblem(HttpStatusCode.Conflict, "owned-by-catalogue", "/alias");

        (await Broker.PostAsync("clients", $$"""{"alias":"spare","client_ids":["{{RegistryFixture.FiledId}}"]}""")).IsProblem(HttpStatusCode.Conflict, "owned-by-catalogue", "/client_ids");
        (await Broker.PutAsync("clients/notes", $$"""{"client_ids":["{{RegistryFixture.FiledId}}"],"enabled":true}""", tag)).IsProblem(HttpStatusCode.Conflict, "owned-by-catalogue", "/client_ids");
        (await Broker.PostAsync("clients", """{"alias":"stranger"}""")).IsProblem(HttpStatusCode.Conflict, "not-declared", "/alias");
        (await Broker.PostAsync("clients", """{"alias":"notes"}""")).IsProblem(HttpStatusCode.Conflict, "client-exists", "/alias");
        (await registry.ExchangeAsync(RegistryFixture.FiledId, registry.FiledSecret, alias: "filed")).IsGranted();
        var filed = (await Broker.GetAsync("clients/filed")).Is(HttpStatusCode.OK);
        Assert.Equal(("catalogue", "active", null), ((string?)filed.Body["owner"], (string?)filed.Body["state"], filed.ETag));
    }

    [Fact, Trait("Spec", "SEC-19")]
    public async Task Keeps_only_credentials_of_the_method_that_the_catalogue_demands()
    {
        await registry.RegisterAsync("robot", withSecret: false);
        await registry.RegisterAsync("notes", withSecret: false);
        (await Broker.PostAsync("clients/robot/secrets")).IsProblem(HttpStatusCode.Conflict, "another-method");
        (await Broker.PutAsync("clients/notes/jwks", Keys((registry.Key, "k1")), await Broker.TagAsync("notes"))).IsProblem(HttpStatusCode.Conflict, "another-method");
    }

    [Fact]
    public async Task Finds_nothing_under_a_name_that_nobody_has()
    {
        await registry.ClearAsync();
        foreach (var alias in new[] { "nobody", "..%2f", new string('a', 65), "a%20b", "1" })
        {
            (await Broker.GetAsync("clients/" + alias)).IsProblem(HttpStatusCode.NotFound, "client-not-found");
            (await Broker.PostAsync($"clients/{alias}/disable")).IsProblem(HttpStatusCode.NotFound, "client-not-found");
            (await Broker.DeleteAsync($"clients/{alias}", "\"1\"")).IsProblem(HttpStatusCode.NotFound, "client-not-found");
            (await Broker.DeleteAsync($"clients/{alias}/secrets/x")).IsProblem(HttpStatusCode.NotFound, "client-not-found");
        }
        (await Broker.PostAsync("clients/spare/secrets")).IsProblem(HttpStatusCode.NotFound, "client-not-found");       // declared, not registered
    }

    [Fact]
    public async Task Lists_both_kinds_in_order_and_pages_by_key()
    {
        await registry.ClearAsync();
        await registry.RegisterAsync("notes");
        var all = (await Broker.GetAsync("clients")).Is(HttpStatusCode.OK).Body;
        Assert.Equal(["filed:catalogue:active", "notes:database:active", "robot:database:unregistered", "spare:database:unregistered"],
            all["clients"]!.AsArray().Select(c => $"{c!["alias"]}:{c["owner"]}:{c["state"]}"));
        Assert.Null(all["next"]);

        var paged = new List<string>();
        for (var next = ""; next is not null;)
        {
            var page = (await Broker.GetAsync($"clients?limit=1{(next.Length is 0 ? "" : "&after=" + next)}")).Is(HttpStatusCode.OK).Body;
            paged.AddRange(page["clients"]!.AsArray().Select(c => (string)c!["alias"]!));
            next = (string?)page["next"];
        }
        Assert.Equal(["filed", "notes", "robot", "spare"], paged);
        foreach (var query in new[] { "?limit=0", "?limit=1001", "?limit=x", "?after=%00", "?order=desc", "?limit=1&limit=2" })
            (await Broker.GetAsync("clients" + query)).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
    }

    [Fact, Trait("Spec", "SEC-33")]
    public async Task Records_every_change_with_what_was_and_what_is()
    {
        await registry.ClearAsync();
        var before = (await registry.EventsAsync("notes")).Count;
        await registry.RegisterAsync("notes");
        var id = (string)(await Broker.GetAsync("clients/notes")).Body["secrets"]![0]!["id"]!;
        (await Broker.PutAsync("clients/notes", """{"client_ids":["notes-9"],"enabled":true}""", await Broker.TagAsync("notes"))).Is(HttpStatusCode.OK);
        (await Broker.PostAsync("clients/notes/disable")).Is(HttpStatusCode.OK);
        (await Broker.PostAsync("clients/notes/disable")).Is(HttpStatusCode.OK);
        (await Broker.PutAsync("clients/notes", "{}", await Broker.TagAsync("notes"))).Is(HttpStatusCode.BadRequest);
        (await Broker.PostAsync("clients/notes/enable", ifMatch: await Broker.TagAsync("notes"))).Is(HttpStatusCode.OK);
        (await Broker.DeleteAsync($"clients/notes/secrets/{id}")).Is(HttpStatusCode.OK);
        (await Broker.DeleteAsync("clients/notes", await Broker.TagAsync("notes"))).Is(HttpStatusCode.NoContent);

        var events = (await registry.EventsAsync("notes"))[before..];
        Assert.Equal(
            [
                "client.created client_ids enabled secrets keys", "client.secret_added secrets", "client.updated client_ids", "client.disabled enabled",
                "client.enabled enabled", "client.secret_retired secrets", "client.deleted client_ids enabled secrets keys",
            ],
            events.Select(e => $"{e["type"]} {string.Join(' ', e["data"]!["changed"]!.AsArray().Select(c => (string)c!))}"));
        Assert.All(events, e => Assert.Equal(("ok", "admin"), ((string?)e["outcome"], (string?)e["actor"]!["kind"])));
        Assert.All(events, e => Assert.StartsWith("sha256:", (string)e["policy_rev"]!, StringComparison.Ordinal));
        Assert.Null(events[0]["data"]!["before"]);
        Assert.Null(events[^1]["data"]!["after"]);
        Assert.Equal((true, false), ((bool)events[3]["data"]!["before"]!["enabled"]!, (bool)events[3]["data"]!["after"]!["enabled"]!));
        Assert.Equal(id, (string?)events[1]["data"]!["after"]!["secrets"]![0]!["id"]);
    }

    [Fact]
    public async Task Changes_nothing_that_it_cannot_record()
    {
        var (clientId, secret) = await registry.RegisterAsync("notes");
        await Sql.ExecuteAsync(registry.ConnectionString,
            """
            create or replace function no_client_events() returns trigger language plpgsql as $$ begin raise exception 'full' using errcode = '53100'; end $$;
            create trigger no_client_events before insert on audit_inbox for each row when (new.event like '%"type":"client.%') execute function no_client_events(); select 1
            """);
        try
        {
            (await Broker.PostAsync("clients/notes/disable")).IsProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
            (await Broker.PostAsync("clients", """{"alias":"spare","client_ids":["spare-unrecorded"]}""")).IsProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        }
        finally
        {
            await Sql.ExecuteAsync(registry.ConnectionString, "drop trigger no_client_events on audit_inbox; select 1");
        }
        (await registry.ExchangeAsync(clientId, secret)).IsGranted();
        Assert.Equal("active", (string?)(await Broker.GetAsync("clients/notes")).Body["state"]);
        Assert.DoesNotContain("spare-unrecorded", (await Broker.GetAsync("clients")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Asks_for_the_management_token()
    {
        foreach (var (method, path) in new[]
        {
            (HttpMethod.Get, "clients"), (HttpMethod.Get, "clients/filed"), (HttpMethod.Post, "clients"), (HttpMethod.Put, "clients/notes"),
            (HttpMethod.Delete, "clients/notes"), (HttpMethod.Post, "clients/notes/disable"), (HttpMethod.Post, "clients/notes/enable"),
            (HttpMethod.Post, "clients/notes/secrets"), (HttpMethod.Delete, "clients/notes/secrets/x"), (HttpMethod.Put, "clients/notes/jwks"),
        }) Assert.Equal(HttpStatusCode.Unauthorized, (await Broker.AdminAsync(method, path, (HttpContent?)null, "\"1\"", token: "another-token-of-at-least-32-characters")).Status);
    }
}
