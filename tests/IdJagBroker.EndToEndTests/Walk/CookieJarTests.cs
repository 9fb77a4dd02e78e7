using IdJagBroker.Demo.Walk;

namespace IdJagBroker.EndToEndTests.Walk;

/// <summary>The scripted browser keeps what Chromium keeps on this machine, and no more: a sign-in that works in the walk only would show nothing.</summary>
public sealed class CookieJarTests
{
    private readonly ManualClock _clock = new();
    private readonly CookieJar _jar;

    public CookieJarTests() => _jar = new CookieJar(_clock);

    [Theory]
    [InlineData("http://127.0.0.1:5400/", true)]
    [InlineData("http://localhost:5400/", true)]
    [InlineData("http://a.localhost/", true)]
    [InlineData("http://[::1]/", true)]
    [InlineData("https://broker.example/", true)]
    [InlineData("http://broker.example/", false)]
    [InlineData("http://192.0.2.1/", false)]
    public void A_secure_cookie_is_taken_over_https_and_on_this_machine(string url, bool kept)
    {
        _jar.Keep(new Uri(url), ["__Host-a=1; Path=/; Secure; HttpOnly; SameSite=Lax"]);
        Assert.Equal(kept ? "__Host-a=1" : null, _jar.HeaderFor(new Uri(url)));
    }

    [Theory]
    [InlineData("__Host-a=1; Path=/; Secure", true)]
    [InlineData("__Host-a=1; Path=/", false)]
    [InlineData("__Host-a=1; Path=/signin; Secure", false)]
    [InlineData("__Host-a=1; Path=/; Secure; Domain=127.0.0.1", false)]
    [InlineData("__Secure-a=1; Path=/", false)]
    [InlineData("__Secure-a=1; Path=/; Secure", true)]
    [InlineData("a=1; Path=/; Domain=other.example", false)]
    [InlineData("a=1; Path=/; Domain=127.0.0.1", true)]
    public void A_prefix_is_held_to_what_it_says_and_a_cookie_to_its_host(string cookie, bool kept)
    {
        _jar.Keep(new Uri("http://127.0.0.1/"), [cookie]);
        Assert.Equal(kept, _jar.HeaderFor(new Uri("http://127.0.0.1/")) is not null);
    }

    [Fact]
    public void A_port_makes_no_difference_and_a_host_does()
    {
        _jar.Keep(new Uri("http://127.0.0.1:5400/"), ["a=1"]);
        Assert.Equal("a=1", _jar.HeaderFor(new Uri("http://127.0.0.1:5402/")));
        Assert.Null(_jar.HeaderFor(new Uri("http://localhost:5400/")));
    }

    [Theory]
    [InlineData("/login", "/login", true)]
    [InlineData("/login", "/login/more", true)]
    [InlineData("/login", "/login-other", false)]
    [InlineData("/login", "/", false)]
    [InlineData("/", "/anything", true)]
    public void It_is_sent_below_its_path(string path, string asked, bool sent)
    {
        _jar.Keep(new Uri("http://127.0.0.1/login/form"), [$"a=1; Path={path}"]);
        Assert.Equal(sent, _jar.HeaderFor(new Uri("http://127.0.0.1" + asked)) is not null);
    }

    [Fact]
    public void Without_a_path_it_is_of_the_folder_that_set_it()
    {
        _jar.Keep(new Uri("http://127.0.0.1/sign/in"), ["a=1"]);
        Assert.NotNull(_jar.HeaderFor(new Uri("http://127.0.0.1/sign/out")));
        Assert.Null(_jar.HeaderFor(new Uri("http://127.0.0.1/other")));
    }

    [Fact]
    public void It_ends_with_its_time_or_when_it_is_taken_back()
    {
        var url = new Uri("http://127.0.0.1/");
        _jar.Keep(url, ["a=1; Max-Age=60", "b=2; Path=/", "c=3; Path=/; Expires=Wed, 18 Nov 2026 09:02:00 GMT"]);
        _jar.Keep(url, ["b=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"]);
        Assert.Equal("a=1; c=3", _jar.HeaderFor(url));
        _clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal("c=3", _jar.HeaderFor(url));
        _clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Null(_jar.HeaderFor(url));
    }
}
