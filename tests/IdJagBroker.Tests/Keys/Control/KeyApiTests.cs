using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.Keys;
using IdJagBroker.Shared;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Keys.Control;

/// <summary><c>/admin/v1/keys</c>: what it shows, what it refuses, and what it does to tokens.</summary>
public sealed class KeyApiTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private readonly BrokerFixture _broker = new(postgres);

    private KeyAdmin Admin => new(_broker);

    public async ValueTask InitializeAsync() => await _broker.StartAsync();

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    private static string Revocation(string kid, string reason = "found in a backup") => new JsonObject { ["confirm"] = kid, ["reason"] = reason }.ToJsonString();

    [Fact, Trait("Spec", "SEC-28")]
    public async Task Shows_the_keys_and_what_becomes_of_them_and_never_what_is_private()
    {
        await Sql.ExecuteAsync(_broker.ConnectionString, "update signing_key set wrapped = 'wrapped-private-half', provenance = 'ey.a.statement' where purpose = 'id_jag' and algorithm = 'ES256' returning 1");
        var list = (await Admin.GetAsync()).Is(HttpStatusCode.OK);
        Assert.True(list.NoStore, "no-store is missing");
        Assert.Equal(8, list.Body["keys"]!.AsArray().Count);
        var node = (string?)Assert.Single(list.Body["replicas"]!.AsArray());
        var key = list.Body["keys"]!.AsArray().Single(k => (string?)k!["purpose"] is "id_jag" && (string?)k["algorithm"] is "ES256")!;
        Assert.Equal(("id_jag", "local", "local", "active", "rotate"),
            ((string?)key["purpose"], (string?)key["provider"], (string?)key["place"], (string?)key["state"], (string?)key["next"]!["step"]));
        Assert.Equal((DateTimeOffset)key["activated_at"]! + TimeSpan.FromDays(89), (DateTimeOffset)key["next"]!["at"]!);
        Assert.Equal((node, 0), ((string?)Assert.Single(key["learned_by"]!.AsArray()), key["missing_at"]!.AsArray().Count));
        Assert.Null(key["rotation"]);

        var one = (await Admin.GetAsync($"/{key["kid"]}")).Is(HttpStatusCode.OK);
        Assert.True(JsonNode.DeepEquals(key, one.Body["key"]), one.Text);
        var jwks = JsonNode.Parse(await _broker.Http.GetStringAsync(new Uri(_broker.Issuer + "/oauth2/jwks")))!["keys"]!.AsArray();
        Assert.Equal((string?)jwks.Single(k => (string?)k!["kid"] == (string?)key["kid"])!["x"], (string?)one.Body["public_jwk"]!["x"]);
        Assert.Equal("ey.a.statement", (string?)one.Body["provenance"]);
        var all = list.Text + one.Text + (await Admin.PostAsync("/rotate")).Text;
        Assert.DoesNotContain("wrapped", all, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Convert.ToBase64String("wrapped-private-half"u8), all, StringComparison.Ordinal);
        Assert.Null(one.Body["public_jwk"]!["d"]);
    }

    [Fact]
    public async Task Shows_one_state_and_leaves_out_what_is_removed_unless_it_is_asked_for()
    {
        Assert.Empty((await Admin.GetAsync("?state=retired")).Is(HttpStatusCode.OK).Body["keys"]!.AsArray());
        await Sql.ExecuteAsync(_broker.ConnectionString, "update signing_key set state = 'retired', retired_at = now() where purpose = 'id_jag' and algorithm = 'RS256' returning 1");
        await Sql.ExecuteAsync(_broker.ConnectionString, "update signing_key set state = 'removed' where state = 'retired' returning 1");
        Assert.Single((await Admin.GetAsync("?state=removed")).Is(HttpStatusCode.OK).Body["keys"]!.AsArray());
        Assert.DoesNotContain("removed", (await Admin.GetAsync()).Text, StringComparison.Ordinal);
        (await Admin.GetAsync("?state=gone")).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        (await Admin.GetAsync("?state=active&state=retired")).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
        (await Admin.GetAsync("?kid=x")).IsProblem(HttpStatusCode.BadRequest, "invalid-request");
    }

    [Fact]
    public async Task Refuses_what_it_does_not_understand_and_changes_nothing()
    {
        var kid = await Admin.ActiveAsync();
        var tag = await Admin.TagAsync(kid);
        (await Admin.GetAsync("/no-such-key")).IsProblem(HttpStatusCode.NotFound, "key-not-found");
        foreach (var act in (string[])["retire", "revoke", "test"])
            (await Admin.PostAsync($"/no-such-key/{act}", act is "revoke" ? Revocation("no-such-key") : null, "\"1\"")).IsProblem(HttpStatusCode.NotFound, "key-not-found");
        (await Admin.PostAsync("/rotate", """{"purpose":"everything"}""")).IsProblem(HttpStatusCode.BadRequest, "invalid-request", "/purpose");
        (await Admin.PostAsync("/rotate", """{"algorithm":"HS256"}""")).IsProblem(HttpStatusCode.BadRequest, "invalid-request", "/algorithm");
        (await Admin.PostAsync("/rotate", """{"emergency":"yes"}""")).IsProblem(HttpStatusCode.BadRequest, "invalid-request", "/emergency");
        (await Admin.PostAsync("/rotate", """{"now":true}""")).IsProblem(HttpStatusCode.BadRequest, "invalid-request", "/now");
        (await Admin.PostAsync("/rotate", """{"algorithm":"ES384"}""")).IsProblem(HttpStatusCode.Conflict, "no-active-key");
        (await Admin.PostAsync("/rotate", """{"purpose":"policy_release"}""")).IsProblem(HttpStatusCode.Conflict, "no-active-key");

        (await Admin.PostAsync($"/{kid}/retire")).IsProblem(HttpStatusCode.PreconditionRequired, "precondition-required");
        (await Admin.PostAsync($"/{kid}/retire", ifMatch: "\"1\"")).IsProblem(HttpStatusCode.PreconditionFailed, "precondition-failed");
        (await Admin.PostAsync($"/{kid}/revoke", Revocation(kid), "\"1\"")).IsProblem(HttpStatusCode.PreconditionFailed, "precondition-failed");
        (await Admin.PostAsync($"/{kid}/revoke", Revocation("another"))).IsProblem(HttpStatusCode.BadRequest, "invalid-request", "/confirm");
        (await Admin.PostAsync($"/{kid}/revoke", """{"reason":"x"}""")).IsProblem(HttpStatusCode.BadRequest, "invalid-request", "/confirm");
        (await Admin.PostAsync($"/{kid}/revoke", $$"""{"confirm":"{{kid}}"}""")).IsProblem(HttpStatusCode.BadRequest, "invalid-request", "/reason");
        foreach (var reason in (string[])[" ", new string('x', 501), "two\nlines", "left\u202eright"])
        {
            (await Admin.PostAsync($"/{kid}/revoke", Revocation(kid, reason))).IsProblem(HttpStatusCode.BadRequest, "invalid-request", "/reason");
            (await Admin.PostAsync("/rotate", new JsonObject { ["reason"] = reason }.ToJsonString())).IsProblem(HttpStatusCode.BadRequest, "invalid-request", "/reason");
            (await Admin.PostAsync($"/{kid}/retire", new JsonObject { ["reason"] = reason }.ToJsonString(), tag)).IsProblem(HttpStatusCode.BadRequest, "invalid-request", "/reason");
        }
        Assert.Equal(tag, await Admin.TagAsync(kid));
        Assert.Equal(["key.created", "key.published", "key.activated"], await Admin.EventsAsync(kid));
    }

    [Fact]
    public async Task Lets_nobody_near_the_keys_without_the_management_token()
    {
        var kid = await Admin.ActiveAsync();
        (HttpMethod Method, string Path)[] all =
            [(HttpMethod.Get, ""), (HttpMethod.Get, "/" + kid), (HttpMethod.Post, "/rotate"), (HttpMethod.Post, $"/{kid}/retire"), (HttpMethod.Post, $"/{kid}/revoke"), (HttpMethod.Post, $"/{kid}/test")];
        foreach (var (method, path) in all)
        {
            using var request = new HttpRequestMessage(method, new Uri(_broker.Management, "/admin/v1/keys" + path));
            using var refused = await _broker.Http.SendAsync(request);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            using var elsewhere = new HttpRequestMessage(method, new Uri(_broker.Issuer + "/admin/v1/keys" + path)) { Headers = { Authorization = new("Bearer", BrokerFixture.ManagementToken) } };
            using var hidden = await _broker.Http.SendAsync(elsewhere);
            Assert.Equal(HttpStatusCode.NotFound, hidden.StatusCode);
        }
    }

    [Fact, Trait("Spec", "SEC-33")]
    public async Task Records_a_request_once_and_does_not_let_it_be_taken_back_by_a_smaller_one()
    {
        await Admin.AddDeafReplicaAsync();          // so that nothing becomes active meanwhile
        var kid = await Admin.ActiveAsync();
        for (var i = 0; i < 2; i++) (await Admin.PostAsync("/rotate", """{"purpose":"id_jag","algorithm":"ES256","reason":"because"}""")).Is(HttpStatusCode.Accepted);
        Assert.Equal("orderly", (string?)(await Admin.KeysAsync("active"))[0]["rotation"]);
        (await Admin.PostAsync("/rotate", """{"purpose":"id_jag","algorithm":"ES256","emergency":true}""")).Is(HttpStatusCode.Accepted);
        var still = (await Admin.PostAsync("/rotate", """{"purpose":"id_jag","algorithm":"ES256"}""")).Is(HttpStatusCode.Accepted);
        Assert.Equal("emergency", (string?)still.Body["keys"]![0]!["rotation"]);

        var records = (await _broker.AuditAsync("limit=100&type=key.*")).Where(e => (string?)e!["type"] is "key.rotation_requested").Reverse().ToList();
        Assert.Equal([(kid, false, "because"), (kid, true, null)], records.Select(e => ((string)e!["kid"]!, (bool)e["data"]!["emergency"]!, (string?)e["data"]!["reason"])));
        Assert.All(records, e => Assert.Equal(("admin", "management-token"), ((string?)e!["actor"]!["kind"], (string?)e["actor"]!["key"])));
    }

    [Fact, Trait("Spec", "SEC-33")]
    public async Task Revokes_a_key_so_that_its_tokens_verify_no_more_and_the_next_one_signs()
    {
        await using var other = await _broker.StartReplicaAsync();
        await Sql.ExecuteAsync(_broker.ConnectionString, "drop trigger signing_key_notify on signing_key; select 1");       // here it needs none, and there the poll will do
        var kid = await Admin.ActiveAsync();
        var before = (await _broker.Token.ExchangeAsync()).IsGranted();
        Assert.Equal(kid, (string?)Jwts.Header((string)before.Body!["access_token"]!)["kid"]);

        var revoked = (await Admin.PostAsync($"/{kid}/revoke", Revocation(kid))).Is(HttpStatusCode.OK);

        Assert.Equal("revoked", (string?)revoked.Body["key"]!["state"]);
        Assert.Contains("stop verifying", (string?)revoked.Body["breaks"], StringComparison.Ordinal);
        Assert.Contains("503", (string?)revoked.Body["breaks"], StringComparison.Ordinal);
        Assert.DoesNotContain(kid, await Admin.PublishedAsync(_broker.Issuer));         // here at once, there soon
        await KeyAdmin.UntilAsync(async () => !(await Admin.PublishedAsync(other.Url)).Contains(kid), seconds: 5);
        await KeyAdmin.UntilAsync(async () => (await _broker.Token.ExchangeAsync()).Status is HttpStatusCode.OK);
        var next = await Admin.ActiveAsync();
        Assert.NotEqual(kid, next);
        Assert.Equal(next, (string?)Jwts.Header((string)(await _broker.Token.ExchangeAsync()).IsGranted().Body!["access_token"]!)["kid"]);
        var record = (await _broker.AuditAsync("limit=100&type=key.*")).Single(e => (string?)e!["type"] is "key.revoked")!;
        Assert.Equal((kid, "found in a backup", "management-token"), ((string?)record["kid"], (string?)record["data"]!["reason"], (string?)record["actor"]!["key"]));

        (await Admin.PostAsync($"/{kid}/revoke", Revocation(kid))).Is(HttpStatusCode.OK);       // again: nothing changes
        Assert.Single(await Admin.EventsAsync(kid), type => type is "key.revoked");
        (await Admin.PostAsync($"/{kid}/test")).IsProblem(HttpStatusCode.Conflict, "key-not-in-use");
    }

    [Fact]
    public async Task Tests_a_key_with_its_store_and_says_what_is_wrong()
    {
        var kid = await Admin.ActiveAsync();
        var good = (await Admin.PostAsync($"/{kid}/test")).Is(HttpStatusCode.OK);
        Assert.Equal((kid, true, _broker.Services.GetRequiredService<SigningKeyRing>().Node), ((string?)good.Body["kid"], (bool)good.Body["signs"]!, (string?)good.Body["node"]));
        Assert.True((double)good.Body["took_ms"]! > 0);

        var file = Directory.GetFiles(Path.Combine(_broker.State, "keys"), $"*{kid}.pem").Single();
        var kept = await File.ReadAllTextAsync(file);
        await File.WriteAllTextAsync(file, "not a key");
        (await Admin.PostAsync($"/{kid}/test")).IsProblem(HttpStatusCode.ServiceUnavailable, "key-cannot-sign");
        using var another = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(file, another.ExportPkcs8PrivateKeyPem());
        var swapped = await Admin.PostAsync($"/{kid}/test");
        swapped.IsProblem(HttpStatusCode.ServiceUnavailable, "key-cannot-sign");
        Assert.Contains("another key", (string?)swapped.Body["title"], StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, kept);
        (await Admin.PostAsync($"/{kid}/test")).Is(HttpStatusCode.OK);
        (await _broker.Token.ExchangeAsync()).IsGranted();          // what is in memory was never touched
    }
}
