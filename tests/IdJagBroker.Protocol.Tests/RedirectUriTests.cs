using Xunit;

namespace IdJagBroker.Protocol.Tests;

public sealed class RedirectUriTests
{
    [Theory]
    [InlineData("https://a.example/cb")]
    [InlineData("https://a.example")]
    [InlineData("https://a.example:8443/cb?x=1&y=%20/@:")]
    [InlineData("https://xn--bcher-kva.example/cb")]
    [InlineData("https://[2001:db8::1]/cb")]
    [InlineData("https://10.0.0.1/cb")]
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://127.0.0.1:33418")]
    [InlineData("http://127.0.0.1?x=1")]
    [InlineData("http://[::1]/cb")]
    [InlineData("http://[::1]:9/cb")]
    [InlineData("http://localhost/callback")]
    [InlineData("http://localhost:6274/oauth/callback")]
    [InlineData("com.example.app:/oauth2redirect/x")]
    [InlineData("com.example.app://cb")]
    public void Takes(string uri) => Assert.Null(RedirectUri.FaultIn(uri));

    [Theory]
    [InlineData("", "must have")]
    [InlineData("/cb", "is not an absolute")]
    [InlineData("//a.example/cb", "is not an absolute")]
    [InlineData("a.example/cb", "is not an absolute")]
    [InlineData(":/cb", "is not an absolute")]
    [InlineData("1a.b:/cb", "is not an absolute")]
    [InlineData("https:a.example/cb", "is not an absolute")]
    [InlineData("https:/a.example/cb", "is not an absolute")]
    [InlineData("HTTPS://a.example/cb", "is not an absolute")]
    [InlineData("JavaScript:alert(1)", "is not an absolute")]
    [InlineData("https:///cb", "is not a URI")]
    [InlineData("https://", "is not a URI")]
    [InlineData("https://a b.example/cb", "is not a URI")]
    [InlineData("https://a.example/c b", "is not a URI")]
    [InlineData("https://a.example/\\b", "is not a URI")]
    [InlineData("https://a.example/\"b", "is not a URI")]
    [InlineData("https://a.example/<b", "is not a URI")]
    [InlineData("https://a.example/\u00fc", "is not a URI")]
    [InlineData("https://a.example/\r\nx", "is not a URI")]
    [InlineData("https://a.example/%2", "is not a URI")]
    [InlineData("https://a.example/%zz", "is not a URI")]
    [InlineData("https://a.example/%2f%", "is not a URI")]
    [InlineData("https://a.example:99999/", "is not a URI")]
    [InlineData("https://a.example/cb#", "has a fragment")]
    [InlineData("https://a.example/cb#x", "has a fragment")]
    [InlineData("https://*.example/cb", "has a star")]
    [InlineData("https://a.example/*", "has a star")]
    [InlineData("https://u@a.example/cb", "has user information")]
    [InlineData("https://@a.example/cb", "has user information")]
    [InlineData("https://u:p@a.example", "has user information")]
    [InlineData("http://localhost@evil.example/cb", "has user information")]
    [InlineData("com.example.app://u@x/cb", "has user information")]
    [InlineData("http://a.example/cb", "is plain http")]
    [InlineData("http://10.0.0.1/cb", "is plain http")]
    [InlineData("http://127.0.0.2/cb", "is plain http")]
    [InlineData("http://127.1/cb", "is plain http")]
    [InlineData("http://2130706433/cb", "is plain http")]
    [InlineData("http://LOCALHOST/cb", "is plain http")]
    [InlineData("http://localhost.evil.example/cb", "is plain http")]
    [InlineData("http://127.0.0.1.evil.example/cb", "is plain http")]
    [InlineData("http://[::2]/cb", "is plain http")]
    [InlineData("javascript:alert(1)", "has a scheme")]
    [InlineData("data:text/html,x", "has a scheme")]
    [InlineData("file:///etc/passwd", "has a scheme")]
    [InlineData("vbscript:x", "has a scheme")]
    [InlineData("cursor://cb", "has a scheme")]
    [InlineData("urn:ietf:wg:oauth:2.0:oob", "has a scheme")]
    [InlineData("a.example:8443/cb", "has no slash")]
    [InlineData("com.example.app:cb", "has no slash")]
    public void Refuses(string uri, string why) => Assert.StartsWith(why, RedirectUri.FaultIn(uri), StringComparison.Ordinal);

    [Fact]
    public void Refuses_what_is_too_long()
    {
        var longest = "https://a.example/".PadRight(RedirectUri.MaxChars, 'x');
        Assert.Null(RedirectUri.FaultIn(longest));
        Assert.StartsWith("must have", RedirectUri.FaultIn(longest + "x"), StringComparison.Ordinal);
    }
}
