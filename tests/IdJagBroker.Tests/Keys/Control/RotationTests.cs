using System.Net;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;
using IdJagBroker.Tests.Clients;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Keys.Control;

/// <summary>Whole lives of keys, asked for through the API and carried out by running brokers on one database, with a clock that stands.</summary>
public sealed class RotationTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private static readonly TimeSpan PublishAhead = TimeSpan.FromHours(24);
    private readonly ManualClock _clock = new();
    private readonly BrokerFixture _broker = new(postgres);

    private KeyAdmin Admin => new(_broker);

    public async ValueTask InitializeAsync() => await _broker.StartAsync(plugIn: services => services.AddSingleton<TimeProvider>(_clock));

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    private string Signs(JwsAlgorithm? algorithm = null) =>
        _broker.Services.GetRequiredService<SigningKeyRing>().For(KeyPurpose.IdJag, algorithm ?? JwsAlgorithm.ES256).PublicKey.Thumbprint;

    private async Task<string> NextAsync(string state = "published")
    {
        await KeyAdmin.UntilAsync(async () => (await Admin.KeysAsync(state)).Count is 1);
        return (string)(await Admin.KeysAsync(state))[0]["kid"]!;
    }

    private static Task StaysAsync() => Task.Delay(2_500);      // the leader looks once a second

    [Fact, Trait("Spec", "META-18"), Trait("Spec", "SEC-33")]
    public async Task Follows_a_key_through_its_whole_life_on_two_brokers()
    {
        await using var other = await _broker.StartReplicaAsync();
        var (old, rsa) = (await Admin.ActiveAsync(), await Admin.ActiveAsync("RS256"));
        var asked = (await Admin.PostAsync("/rotate", """{"purpose":"id_jag","algorithm":"ES256","reason":"yearly drill"}""")).Is(HttpStatusCode.Accepted);
        Assert.Equal(old, (string?)Assert.Single(asked.Body["keys"]!.AsArray())!["kid"]);
        Assert.Null(asked.Body["breaks"]);

        var next = await NextAsync();
        await KeyAdmin.UntilAsync(async () => (await Admin.PublishedAsync(other.Url)).Contains(next) && (await Admin.PublishedAsync(_broker.Issuer)).Contains(next));
        await KeyAdmin.UntilAsync(async () => (await Admin.KeysAsync("published"))[0]["learned_by"]!.AsArray().Count is 2);
        var published = (await Admin.KeysAsync("published"))[0];
        Assert.Equal(("activate", _clock.GetUtcNow() + PublishAhead), ((string?)published["next"]!["step"], (DateTimeOffset)published["next"]!["at"]!));
        _clock.Advance(PublishAhead - TimeSpan.FromSeconds(1));
        await StaysAsync();
        Assert.Equal((old, old), (await Admin.ActiveAsync(), Signs()));

        _clock.Advance(TimeSpan.FromSeconds(1));
        await KeyAdmin.UntilAsync(async () => await Admin.ActiveAsync() == next && Signs() == next);
        Assert.Equal("retired", await Admin.StateAsync(old));
        Assert.Contains(old, await Admin.PublishedAsync(_broker.Issuer));           // what it signed must still verify
        Assert.Contains(old, await Admin.PublishedAsync(other.Url));
        _clock.Advance(KeyTimes.StayPublished - TimeSpan.FromSeconds(1));
        await StaysAsync();
        Assert.Equal("retired", await Admin.StateAsync(old));

        _clock.Advance(TimeSpan.FromSeconds(1));
        await KeyAdmin.UntilAsync(async () => await Admin.StateAsync(old) is "removed" && !(await Admin.PublishedAsync(other.Url)).Contains(old) && !(await Admin.PublishedAsync(_broker.Issuer)).Contains(old));
        Assert.Equal(["key.created", "key.published", "key.activated", "key.rotation_requested", "key.retired", "key.removed"], await Admin.EventsAsync(old));
        Assert.Equal(["key.created", "key.published", "key.activated"], await Admin.EventsAsync(next));
        Assert.Equal((rsa, rsa), (await Admin.ActiveAsync("RS256"), Signs(JwsAlgorithm.RS256)));
    }

    [Fact, Trait("Spec", "META-18")]
    public async Task Waits_for_a_replica_that_has_not_learned_the_key_and_names_it()
    {
        var old = await Admin.ActiveAsync();
        await Admin.AddDeafReplicaAsync();
        (await Admin.PostAsync("/rotate")).Is(HttpStatusCode.Accepted);
        var next = await NextAsync();
        _clock.Advance(PublishAhead * 3);
        await StaysAsync();

        Assert.Equal((old, old), (await Admin.ActiveAsync(), Signs()));
        var waiting = (await Admin.KeysAsync("published"))[0];
        Assert.Equal(("deaf", 1), ((string?)Assert.Single(waiting["missing_at"]!.AsArray()), waiting["learned_by"]!.AsArray().Count));

        await Sql.ExecuteAsync(_broker.ConnectionString, $"update replica set kids = array['{next}'] where node = 'deaf' returning 1");
        await KeyAdmin.UntilAsync(async () => await Admin.ActiveAsync() == next);
    }

    [Fact]
    public async Task Waits_15_seconds_and_no_longer_for_a_replica_that_fell_silent()
    {
        (await Admin.PostAsync("/rotate", """{"algorithm":"ES256"}""")).Is(HttpStatusCode.Accepted);
        var (old, next) = (await Admin.ActiveAsync(), await NextAsync());
        await Admin.AddDeafReplicaAsync(silentForSeconds: 9);       // it would have reported by now, thrice
        _clock.Advance(PublishAhead);

        await Task.Delay(3_500);
        Assert.Equal(old, await Admin.ActiveAsync());
        await KeyAdmin.UntilAsync(async () => await Admin.ActiveAsync() == next, seconds: 8);
    }

    [Fact]
    public async Task Does_not_wait_for_a_replica_that_stopped()
    {
        await using (await _broker.StartReplicaAsync()) Assert.Equal(2, (await Admin.GetAsync()).Body["replicas"]!.AsArray().Count);
        Assert.Single((await Admin.GetAsync()).Body["replicas"]!.AsArray());
    }

    [Fact]
    public async Task Lets_the_next_key_sign_at_once_in_an_emergency_and_says_what_breaks()
    {
        await using var other = await _broker.StartReplicaAsync();
        var old = await Admin.ActiveAsync();
        var asked = (await Admin.PostAsync("/rotate", """{"emergency":true,"purpose":"id_jag","algorithm":"ES256"}""")).Is(HttpStatusCode.Accepted);
        Assert.Contains("refuse new ID-JAGs", (string?)asked.Body["breaks"], StringComparison.Ordinal);

        await KeyAdmin.UntilAsync(async () => await Admin.ActiveAsync() != old);
        var next = await Admin.ActiveAsync();
        await KeyAdmin.UntilAsync(async () => Signs() == next && (await Admin.PublishedAsync(other.Url)).Contains(next));
        Assert.Equal("retired", await Admin.StateAsync(old));
        var events = (await _broker.AuditAsync("limit=100&type=key.*")).Where(e => (string?)e!["type"] is "key.activated" or "key.rotation_requested").ToList();
        Assert.True((bool)events.Single(e => (string?)e!["kid"] == next)!["data"]!["emergency"]!);
        Assert.True((bool)events.Single(e => (string?)e!["type"] is "key.rotation_requested")!["data"]!["emergency"]!);
    }

    [Fact]
    public async Task Waits_ten_seconds_in_an_emergency_for_a_replica_that_does_not_learn()
    {
        await Admin.AddDeafReplicaAsync();
        var old = await Admin.ActiveAsync();
        (await Admin.PostAsync("/rotate", """{"emergency":true,"purpose":"id_jag","algorithm":"ES256"}""")).Is(HttpStatusCode.Accepted);
        var next = await NextAsync();
        await StaysAsync();
        Assert.Equal(old, await Admin.ActiveAsync());
        _clock.Advance(KeyTimes.EmergencyPatience);
        await KeyAdmin.UntilAsync(async () => await Admin.ActiveAsync() == next);
    }

    [Fact]
    public async Task Gives_way_to_a_published_key_before_its_time_when_an_operator_says_so()
    {
        var old = await Admin.ActiveAsync();
        (await Admin.PostAsync($"/{old}/retire", ifMatch: await Admin.TagAsync(old))).IsProblem(HttpStatusCode.Conflict, "no-successor");
        (await Admin.PostAsync("/rotate", """{"algorithm":"ES256"}""")).Is(HttpStatusCode.Accepted);
        var next = await NextAsync();
        await KeyAdmin.UntilAsync(async () => (await Admin.KeysAsync("published"))[0]["learned_by"]!.AsArray().Count is 1);

        var early = await Admin.PostAsync($"/{old}/retire", ifMatch: await Admin.TagAsync(old));
        early.IsProblem(HttpStatusCode.Conflict, "no-successor");
        Assert.Contains("JWKS copies", (string?)early.Body["title"], StringComparison.Ordinal);
        _clock.Advance(KeyTimes.JwksLifetime);
        await Admin.AddDeafReplicaAsync();
        var lacking = await Admin.PostAsync($"/{old}/retire", ifMatch: await Admin.TagAsync(old));
        lacking.IsProblem(HttpStatusCode.Conflict, "no-successor");
        Assert.Contains("replica", (string?)lacking.Body["title"], StringComparison.Ordinal);
        await Admin.RemoveDeafReplicaAsync();

        var retired = (await Admin.PostAsync($"/{old}/retire", """{"reason":"moving on"}""", await Admin.TagAsync(old))).Is(HttpStatusCode.OK);
        Assert.Equal("retired", (string?)retired.Body["state"]);
        Assert.Equal((next, next), (await Admin.ActiveAsync(), Signs()));           // at once, on this broker
        var records = (await _broker.AuditAsync("limit=2&type=key.*")).Reverse().ToList();
        Assert.Equal([("key.activated", next, "moving on", false), ("key.retired", old, "moving on", false)],
            records.Select(e => ((string)e!["type"]!, (string)e["kid"]!, (string)e["data"]!["reason"]!, (bool)e["data"]!["emergency"]!)));
        (await Admin.PostAsync($"/{old}/retire", ifMatch: await Admin.TagAsync(old))).Is(HttpStatusCode.OK);       // again: nothing changes
        Assert.Single(await Admin.EventsAsync(old), type => type is "key.retired");
    }

    [Fact]
    public async Task Takes_back_a_key_that_never_signed()
    {
        var old = await Admin.ActiveAsync();
        (await Admin.PostAsync("/rotate", """{"algorithm":"ES256"}""")).Is(HttpStatusCode.Accepted);
        var next = await NextAsync();
        (await Admin.PostAsync($"/{next}/retire", ifMatch: await Admin.TagAsync(next))).Is(HttpStatusCode.OK);

        Assert.Equal("removed", await Admin.StateAsync(next));
        Assert.DoesNotContain(next, await Admin.PublishedAsync(_broker.Issuer));
        Assert.Equal(["key.created", "key.published", "key.removed"], await Admin.EventsAsync(next));
        Assert.Equal(old, await Admin.ActiveAsync());
        Assert.NotEqual(next, await NextAsync());          // what was asked for still is: another one comes
    }
}
