using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Egress;
using IdJagBroker.Shared;
using IdJagBroker.Upstreams;
using Microsoft.Extensions.Logging.Abstractions;

namespace IdJagBroker.Tests.Upstreams;

/// <summary>When an upstream's keys are fetched, and when not (SEC-14, SEC-15), on a clock that the test moves.</summary>
public sealed class UpstreamKeysTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private readonly EgressClient _egress = new(allowLoopbackHttp: true);
    private readonly LogLines _log = new();
    private TestIdp _idp = null!;
    private UpstreamKeys _keys = null!;
    private readonly List<AuditEvent> _recorded = [];
    private int _refusals;

    public async ValueTask InitializeAsync()
    {
        _idp = await TestIdp.StartAsync();
        var source = new UpstreamKeySource("up", _idp.Issuer, new Uri(_idp.Issuer + UpstreamKeySource.WellKnown), null, false);
        _keys = new UpstreamKeys(source, new UpstreamMetadata(_egress), new UpstreamRecord(RecordAsync, _clock, NullLogger<UpstreamRecord>.Instance), _clock, _log);
    }

    private Task RecordAsync(AuditEvent auditEvent)
    {
        if (_refusals-- > 0) return Task.FromException(new AuditUnavailableException("The log is away."));
        _recorded.Add(auditEvent);
        return Task.CompletedTask;
    }

    private static JsonNode DataOf(AuditEvent auditEvent) => JsonNode.Parse(auditEvent.Data.Utf8.Span)!;

    public ValueTask DisposeAsync()
    {
        _egress.Dispose();
        return _idp.DisposeAsync();
    }

    private async Task<bool> HasAsync(string keyId) => (await _keys.GetAsync(keyId, default)).Keys.Any(key => key.KeyId == keyId);

    [Fact, Trait("Spec", "SEC-14")]
    public async Task Fetches_once_for_many_callers_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => HasAsync("up-1")));

        Assert.Equal(1, _idp.KeyFetches);
    }

    [Fact, Trait("Spec", "SEC-14")]
    public async Task Fetches_for_an_unknown_key_at_most_once_per_cool_down_which_grows()
    {
        Assert.True(await HasAsync("up-1"));
        for (var i = 0; i < 100; i++) Assert.False(await HasAsync($"random-{i}"));
        Assert.Equal(1, _idp.KeyFetches);       // within the cool-down of the first fetch

        _clock.Advance(TimeSpan.FromSeconds(5));
        for (var i = 0; i < 100; i++) Assert.False(await HasAsync($"random-{i}"));
        Assert.Equal(2, _idp.KeyFetches);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.False(await HasAsync("random"));
        Assert.Equal(2, _idp.KeyFetches);       // nothing new came: the cool-down is ten seconds now
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.False(await HasAsync("random"));
        Assert.Equal(3, _idp.KeyFetches);
    }

    [Fact, Trait("Spec", "SEC-14")]
    public async Task Finds_a_rotated_key_after_the_cool_down()
    {
        Assert.True(await HasAsync("up-1"));
        _idp.Rotate("up-2");

        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(await HasAsync("up-2"));
        Assert.False((await _keys.GetAsync("up-2", default)).Keys.Any(key => key.KeyId == "up-1"));
    }

    [Fact, Trait("Spec", "SEC-14")]
    public async Task Asks_at_least_every_minute_however_often_nothing_new_came_and_soon_again_after_news()
    {
        Assert.True(await HasAsync("up-1"));
        for (var i = 2; i < 12; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(60));
            Assert.False(await HasAsync("random"));
            Assert.Equal(i, _idp.KeyFetches);
        }
        _idp.Rotate("up-2");
        _clock.Advance(TimeSpan.FromSeconds(60));
        Assert.True(await HasAsync("up-2"));
        _idp.Rotate("up-3");
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(await HasAsync("up-3"));
    }

    [Fact, Trait("Spec", "SEC-14")]
    public async Task Learns_within_ten_minutes_that_a_key_was_withdrawn()
    {
        Assert.True(await HasAsync("up-1"));
        _idp.Rotate("up-2");
        _clock.Advance(TimeSpan.FromMinutes(9.9));
        Assert.True(await HasAsync("up-1"));
        Assert.Equal(1, _idp.KeyFetches);

        _clock.Advance(TimeSpan.FromMinutes(0.2));
        for (var tries = 0; tries < 200 && await HasAsync("up-1"); tries++) await Task.Delay(25);     // the refresh goes on beside
        Assert.False(await HasAsync("up-1"));
    }

    [Fact, Trait("Spec", "SEC-15")]
    public async Task Keeps_known_keys_when_a_fetch_for_an_unknown_one_fails()
    {
        Assert.True(await HasAsync("up-1"));
        _idp.IsDown = true;
        _clock.Advance(TimeSpan.FromSeconds(5));

        Assert.False(await HasAsync("random"));
        Assert.True(await HasAsync("up-1"));
    }

    [Fact, Trait("Spec", "SEC-15")]
    public async Task Keeps_known_keys_for_a_day_of_outage_and_then_fails_closed()
    {
        Assert.True(await HasAsync("up-1"));
        _idp.IsDown = true;

        _clock.Advance(TimeSpan.FromHours(23.9));
        Assert.True(await HasAsync("up-1"));
        _clock.Advance(TimeSpan.FromHours(0.2));
        await Assert.ThrowsAsync<UpstreamUnavailableException>(() => HasAsync("up-1"));

        _idp.IsDown = false;
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.True(await HasAsync("up-1"));
    }

    [Fact, Trait("Spec", "SEC-15")]
    public async Task Has_no_keys_to_give_before_the_first_good_fetch()
    {
        _idp.IsDown = true;

        await Assert.ThrowsAsync<UpstreamUnavailableException>(() => HasAsync("up-1"));
    }

    [Fact, Trait("Spec", "SEC-17")]
    public async Task Says_in_the_log_which_keys_came_and_went()
    {
        Assert.True(await HasAsync("up-1"));
        var old = (await _keys.GetAsync("up-1", default)).Keys[0].Thumbprint;
        Assert.Empty(_log.Lines);

        _idp.Rotate("up-2");
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(await HasAsync("up-2"));
        var line = Assert.Single(_log.Lines);
        Assert.Contains($"gone are [{old}]", line, StringComparison.Ordinal);
        Assert.Contains($"new are [{(await _keys.GetAsync("up-2", default)).Keys[0].Thumbprint}]", line, StringComparison.Ordinal);
    }

    [Fact, Trait("Spec", "SEC-17")]
    public async Task Records_which_keys_came_and_went()
    {
        Assert.True(await HasAsync("up-1"));
        var old = (await _keys.GetAsync("up-1", default)).Keys[0].Thumbprint;
        _idp.Rotate("up-2");
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(await HasAsync("up-2"));

        var changed = Assert.Single(_recorded);
        Assert.Equal(("upstream.jwks_changed", "upstream", "up", AuditOutcome.Ok), (changed.Type, changed.ActorKind, changed.ActorKey, changed.Outcome));
        Assert.Equal((old, (await _keys.GetAsync("up-2", default)).Keys[0].Thumbprint, _idp.Issuer),
            ((string?)DataOf(changed)["gone"]!.AsArray().Single(), (string?)DataOf(changed)["new"]!.AsArray().Single(), (string?)DataOf(changed)["issuer"]));
    }

    [Fact]
    public async Task Records_an_outage_once_and_its_end_once()
    {
        Assert.True(await HasAsync("up-1"));
        _idp.IsDown = true;
        for (var i = 0; i < 3; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(60));
            Assert.False(await HasAsync("random"));
        }
        Assert.Equal(["upstream.unreachable"], _recorded.Select(e => e.Type));
        Assert.Equal((AuditOutcome.Error, "UPSTREAM_UNREACHABLE"), (_recorded[0].Outcome, _recorded[0].Reason));

        _idp.IsDown = false;
        for (var i = 0; i < 2; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(60));
            Assert.False(await HasAsync("random"));
        }
        Assert.Equal(["upstream.unreachable", "upstream.recovered"], _recorded.Select(e => e.Type));
        Assert.Equal(180, (int)DataOf(_recorded[1])["unreachable_s"]!);

        _idp.IsDown = true;
        _clock.Advance(TimeSpan.FromSeconds(60));
        Assert.False(await HasAsync("random"));
        Assert.Equal("upstream.unreachable", _recorded[2].Type);
    }

    [Fact]
    public async Task Gives_keys_although_the_log_is_away_and_records_when_it_is_back()
    {
        Assert.True(await HasAsync("up-1"));
        _refusals = 2;
        _idp.Rotate("up-2");
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(await HasAsync("up-2"));
        Assert.Empty(_recorded);

        for (var tries = 0; tries < 200 && _recorded.Count is 0; tries++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(10);
        }
        Assert.Equal("upstream.jwks_changed", Assert.Single(_recorded).Type);
    }
}
