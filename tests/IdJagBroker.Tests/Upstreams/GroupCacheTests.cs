using IdJagBroker.Egress;
using IdJagBroker.Shared;
using IdJagBroker.Upstreams;
using IdJagBroker.Upstreams.Groups;

namespace IdJagBroker.Tests.Upstreams;

/// <summary>When a directory is asked again, on a clock that the test moves.</summary>
public sealed class GroupCacheTests : IAsyncLifetime
{
    private readonly ManualClock _clock = new();
    private readonly EgressClient _egress = new(allowLoopbackHttp: true);
    private ProviderHost _host = null!;
    private GroupCache _cache = null!;

    public async ValueTask InitializeAsync()
    {
        _host = await ProviderHost.StartAsync();
        _cache = new GroupCache(new OktaGroupDirectory(new DirectoryHttp(_egress, new Uri(_host.Url), false, _clock), () => "t"), "okta", _clock, new LogLines());
        _host.On("/api/v1/users/ana/groups", """[{"id":"one"}]""");
    }

    public async ValueTask DisposeAsync()
    {
        _cache.Dispose();
        _egress.Dispose();
        await _host.DisposeAsync();
    }

    private async Task<string> GroupsAsync(string user = "ana") =>
        (await _cache.GroupsOfAsync(new VerifiedSubject { Upstream = "okta", StableId = user, Subject = user, Groups = new HashSet<string>(), GroupsComplete = false, SignInAge = default }, default))
        .IsRefused(out var groups, out var refusal) ? $"{refusal.Code} {refusal.RetryAfter?.TotalSeconds}" : string.Join(' ', groups);

    [Fact, Trait("Spec", "SEC-36")]
    public async Task Believes_groups_for_five_minutes()
    {
        Assert.Equal("one", await GroupsAsync());
        _host.On("/api/v1/users/ana/groups", """[{"id":"two"}]""");
        _clock.Advance(TimeSpan.FromSeconds(299));
        Assert.Equal("one", await GroupsAsync());
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("two", await GroupsAsync());
    }

    [Fact, Trait("Spec", "SEC-36")]
    public async Task Believes_no_old_groups_while_the_directory_is_away()
    {
        Assert.Equal("one", await GroupsAsync());
        _host.On("/api/v1/users/ana/groups", "", 500);
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("temporarily_unavailable 2", await GroupsAsync());
    }

    [Theory, Trait("Spec", "SEC-36")]
    [InlineData("Retry-After", 30, 30), InlineData("Retry-After", 100_000, 300), InlineData("X-Rate-Limit-Reset", 40, 40)]
    public async Task Asks_again_when_the_directory_said_and_not_before(string header, int seconds, int pause)
    {
        var value = header is "Retry-After" ? seconds : _clock.GetUtcNow().ToUnixTimeSeconds() + seconds;
        _host.On("/api/v1/users/bob/groups", "", 429, response => response.Headers[header] = $"{value}");
        Assert.Equal($"temporarily_unavailable {pause}", await GroupsAsync("bob"));
        var asked = _host.Asked.Count;
        _clock.Advance(TimeSpan.FromSeconds(pause - 1));
        Assert.Equal("temporarily_unavailable 1", await GroupsAsync());
        Assert.Equal(asked, _host.Asked.Count);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("one", await GroupsAsync());
    }
}
