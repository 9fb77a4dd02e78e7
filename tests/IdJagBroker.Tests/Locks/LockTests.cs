using System.Net;
using IdJagBroker.Tests.Admin;
using IdJagBroker.Tests.Keys.Control;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Locks;

/// <summary>What a lock does to a token request: each kind refuses alone, as a policy would, and lets everything else through.</summary>
public sealed class LockTests(LocksBroker locks) : IClassFixture<LocksBroker>, IAsyncLifetime
{
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await Desk.LiftAllAsync();

    private BrokerFixture Broker => locks.Broker;

    private LockDesk Desk => locks.Desk;

    private Task<TokenAnswer> UsualAsync() => Broker.Token.ExchangeAsync();

    private Task<TokenAnswer> WikiAsync() => Broker.Token.ExchangeAsync(("audience", TestPolicies.WikiIssuer), ("resource", TestPolicies.Wiki), ("scope", "pages:read"));

    private Task<TokenAnswer> AboutAsync(string person, string[]? groups = null) => Broker.Token.ExchangeAsync(("subject_token", Broker.Idp.IdToken("agent-at-okta", person, groups)));

    private Task<TokenAnswer> ShelfAsync(string? resource) => Broker.Token.ExchangeAsync(("audience", LocksBroker.Shelf), ("resource", resource), ("scope", "read"));

    private async Task<string> KidAsync(string purpose, string algorithm) =>
        await Sql.ScalarAsync<string>(Broker.ConnectionString, $"select kid from signing_key where state = 'active' and purpose = '{purpose}' and algorithm = '{algorithm}'");

    private async Task<string> SubjectKeyAsync(TokenAnswer answer) =>
        (string)Assert.Single(await Broker.AuditAsync($"jti={answer.IsGranted().IdJag["jti"]}"))!["subject_key"]!;

    private async Task<string?> NamedAsync(string? name) => name switch
    {
        "ANA" => await SubjectKeyAsync(await UsualAsync()),
        "ES256" => await KidAsync("id_jag", "ES256"),
        _ => name,
    };

    [Theory, Trait("Spec", "IDP-45")]
    [InlineData("subject", "okta|00u-ana"), InlineData("subject", "ANA")]
    [InlineData("client", "agent"), InlineData("client", BrokerFixture.AgentId), InlineData("client", "notes+agent%2F2")]
    [InlineData("audience", "trackr"), InlineData("audience", TestPolicies.TrackrIssuer), InlineData("audience", TestPolicies.TrackrIssuer + "/"), InlineData("audience", "urn:acme:trackr")]
    [InlineData("resource", "trackr-mcp"), InlineData("resource", TestPolicies.Trackr)]
    [InlineData("key", "ES256")]
    [InlineData("everything", null)]
    public async Task Refuses_what_is_locked_and_nothing_else_until_it_is_lifted(string kind, string? name)
    {
        (await UsualAsync()).IsGranted();
        var one = await Desk.SetAsync(kind, await NamedAsync(name));
        await Desk.IsLockedAsync(await UsualAsync(), one);

        switch (kind)
        {
            case "subject": (await AboutAsync("00u-bob")).IsGranted(); break;
            case "client": (await Broker.Token.ExchangeByAssertionAsync(Broker.Token.Assertion())).IsGranted(); break;
            case "audience" or "key": (await WikiAsync()).IsGranted(); break;
            case "resource": (await Broker.Token.ExchangeAsync(("resource", TestPolicies.TrackrAdmin), ("scope", "users:admin"))).IsGranted(); break;
            default:
                await Desk.IsLockedAsync(await WikiAsync(), one);
                await Desk.WardenTokenAsync();      // or nobody could lift it
                break;
        }
        await Desk.LiftAsync(one);
        (await UsualAsync()).IsGranted();
    }

    [Fact, Trait("Spec", "IDP-45")]
    public async Task Tells_the_client_what_a_policy_would()
    {
        var byPolicy = await AboutAsync("00u-guest", []);
        var one = await Desk.SetAsync("client", "agent");
        var byLock = await UsualAsync();
        await Desk.LiftAsync(one);

        Assert.Equal("NO_RULE_MATCHED", (string?)(await Broker.ExplainAsync(byPolicy))["reason"]);
        await Desk.IsLockedAsync(byLock, one);
        Assert.Equal(byPolicy.Status, byLock.Status);
        var (policy, locked) = (byPolicy.Body, byLock.Body);
        Assert.NotNull(policy!["decision_id"]);
        policy.Remove("decision_id");
        locked!.Remove("decision_id");
        Assert.Equal(policy.ToJsonString(), locked.ToJsonString());
    }

    [Fact]
    public async Task Comes_before_the_rules_and_after_the_checks_of_the_request()
    {
        var one = await Desk.SetAsync("everything", null);
        await Desk.IsLockedAsync(await AboutAsync("00u-guest", []), one);
        Assert.Equal("REQ_SUBJECT_TOKEN", (string?)(await Broker.ExplainAsync(await Broker.Token.ExchangeAsync(("subject_token", Broker.Idp.IdToken("another-client")))))["reason"]);
        Assert.Equal("REQ_UNKNOWN_AUDIENCE", (string?)(await Broker.ExplainAsync(await Broker.Token.ExchangeAsync(("audience", "https://nowhere.example"))))["reason"]);
        (await Broker.Token.ExchangeAsync(("client_secret", "wrong"))).IsRefused("invalid_client", HttpStatusCode.Unauthorized);
        await Desk.LiftAsync(one);
    }

    [Fact]
    public async Task Ends_by_itself_when_its_time_is_over()
    {
        var one = await Desk.SetAsync("client", "agent", TimeSpan.FromSeconds(8));
        await Desk.IsLockedAsync(await UsualAsync(), one);
        await LockDesk.UntilAsync(async () => (await UsualAsync()).Status is HttpStatusCode.OK, 15);
        Assert.True(DateTimeOffset.UtcNow >= (DateTimeOffset)one["expires_at"]!, "it ended too early");

        Assert.Equal("expired", (string?)(await Desk.GetAsync($"/{one["id"]}")).Is(HttpStatusCode.OK).Body["state"]);
        (await Desk.SendAsync(HttpMethod.Delete, $"/{one["id"]}", """{"reason":"too late"}""")).IsProblem(HttpStatusCode.Conflict, "lock-not-in-force");
    }

    [Fact]
    public async Task Holds_while_one_of_several_does()
    {
        var (first, second) = (await Desk.SetAsync("client", "agent"), await Desk.SetAsync("client", BrokerFixture.AgentId, TimeSpan.FromHours(2)));
        await Desk.IsLockedAsync(await UsualAsync(), second);       // the one that holds longer
        await Desk.LiftAsync(second);
        await Desk.IsLockedAsync(await UsualAsync(), first);
        await Desk.LiftAsync(first);
        (await UsualAsync()).IsGranted();
    }

    [Fact]
    public async Task Stops_a_request_of_which_one_resource_is_locked_named_or_not()
    {
        (await ShelfAsync(null)).IsGranted();
        var one = await Desk.SetAsync("resource", "shelf-b");
        await Desk.IsLockedAsync(await ShelfAsync(null), one);
        await Desk.IsLockedAsync(await ShelfAsync(LocksBroker.ShelfB), one);
        (await ShelfAsync(LocksBroker.ShelfA)).IsGranted();
        await Desk.LiftAsync(one);

        List<KeyValuePair<string, string>> both = [.. Broker.Token.Form(), new("resource", TestPolicies.TrackrAdmin)];
        one = await Desk.SetAsync("resource", "trackr-admin");
        await Desk.IsLockedAsync(await Broker.Token.SendAsync(both), one);
        (await UsualAsync()).IsGranted();
        await Desk.LiftAsync(one);
        (await Broker.Token.SendAsync(both)).IsGranted();
    }

    [Fact]
    public async Task Stops_a_person_who_was_never_seen_and_the_log_knows_a_random_key_alone()
    {
        var id = "00u-new-" + Guid.NewGuid().ToString("N");
        var one = await Desk.SetAsync("subject", "okta|" + id);
        Assert.Matches("^s_[A-Za-z0-9_-]{22}$", (string?)one["target"]);

        var denied = await Desk.IsLockedAsync(await AboutAsync(id), one);
        Assert.Equal((string?)one["target"], (string?)denied["subject_key"]);
        await Desk.LiftAsync(one);
        Assert.Equal((string?)one["target"], await SubjectKeyAsync(await AboutAsync(id)));
        Assert.Equal(0, await Sql.ScalarAsync<long>(Broker.ConnectionString, $"select count(*) from {Sql.Log} where e::text like '%{id}%'"));
        Assert.Equal(0, await Sql.ScalarAsync<long>(Broker.ConnectionString, $"select count(*) from issuance_lock l where l::text like '%{id}%'"));
    }

    [Fact]
    public async Task Stops_a_person_whose_id_at_entra_is_typed_in_another_case()
    {
        var person = Guid.NewGuid();
        var one = await Desk.SetAsync("subject", $"entra|{TestPolicies.EntraTenant.ToUpperInvariant()}/{person.ToString("D").ToUpperInvariant()}");
        Assert.Equal($"{TestPolicies.EntraTenant}/{person:D}", await Sql.ScalarAsync<string>(Broker.ConnectionString, $"select upstream_id from person where subject_key = '{one["target"]}'"));
        await Desk.LiftAsync(one);
    }

    [Fact]
    public async Task Keeps_who_is_locked_from_being_erased_into_somebody_new()
    {
        var id = "00u-erased-" + Guid.NewGuid().ToString("N");
        var key = await SubjectKeyAsync(await AboutAsync(id));
        var one = await Desk.SetAsync("subject", key);
        var desk = new AdminDesk(Broker);
        Task<DeskAnswer> EraseAsync() => desk.SendAsync(HttpMethod.Delete, $"people/{key}", ["Bearer " + BrokerFixture.ManagementToken], """{"reason":"request 4711"}""");

        Assert.Equal((HttpStatusCode.Conflict, "urn:idjag:problem:person-locked"), ((await EraseAsync()).Status, (string?)(await EraseAsync()).Body["type"]));
        await Desk.IsLockedAsync(await AboutAsync(id), one);
        await Desk.LiftAsync(one);
        Assert.Equal(HttpStatusCode.NoContent, (await EraseAsync()).Status);
        Assert.NotEqual(key, await SubjectKeyAsync(await AboutAsync(id)));
        (await Desk.PostAsync(LockDesk.Body("subject", key))).IsProblem(HttpStatusCode.UnprocessableEntity, "unknown-target", "/target");      // stands for nobody now
    }

    [Fact]
    public async Task Stops_a_key_from_signing_and_leaves_it_where_others_verify()
    {
        var kid = await KidAsync("id_jag", "ES256");
        async Task<long> SignedAsync() => await Sql.ScalarAsync<long>(Broker.ConnectionString, $"select count(*) from {Sql.Log} where type = 'idjag.issued' and kid = '{kid}'");
        var one = await Desk.SetAsync("key", kid);
        var before = await SignedAsync();
        await Desk.IsLockedAsync(await UsualAsync(), one);

        Assert.Equal(before, await SignedAsync());
        Assert.Contains(kid, await new KeyAdmin(Broker).PublishedAsync(Broker.Issuer));
        await Desk.LiftAsync(one);
    }

    [Fact]
    public async Task Stops_the_key_of_access_tokens_too_and_the_management_token_remains()
    {
        var one = await Desk.SetAsync("key", await KidAsync("access_token", "ES256"));
        var refused = await new AdminDesk(Broker).AskAsync();
        refused.IsRefused("access_denied");
        var denied = await Broker.ExplainAsync(refused);
        Assert.Equal(("admin.denied", "LOCKED", (string?)one["id"]), ((string?)denied["type"], (string?)denied["reason"], (string?)denied["data"]!["lock"]));
        (await UsualAsync()).IsGranted();

        await Desk.LiftAsync(one);
        await Desk.WardenTokenAsync();
    }
}
