using IdJagBroker.Egress;
using IdJagBroker.Shared;
using IdJagBroker.Upstreams;

namespace IdJagBroker.Tests.Upstreams;

/// <summary>When an upstream's keys are fetched, and when not (SEC-14, SEC-15), on a clock that the test moves.</summary>
public sealed class UpstreamKeysTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private readonly EgressClient _egress = new(allowLoopbackHttp: true);
    private readonly LogLines _log = new();
    private TestIdp _idp = null!;
    private UpstreamKeys _keys = null!;

    public async ValueTask InitializeAsync()
    {
        _idp = await TestIdp.StartAsync();
        var source = new UpstreamKeySource("up", _idp.Issuer, new Uri(_idp.Issuer + UpstreamKeySource.WellKnown), null, false);
        _keys = new UpstreamKeys(source, new UpstreamMetadata(_egress), _clock, _log);
    }

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
}
