using Xunit;

namespace IdJagBroker.Protocol.Tests;

public sealed class ResourceIndicatorTests
{
    [Theory, Trait("Spec", "IDP-11")]
    [InlineData("https://x#f")]
    [InlineData("https://x#")]
    [InlineData("https://x/p#")]
    [InlineData("x")]
    [InlineData("/mcp")]
    [InlineData("//x/mcp")]
    [InlineData("urn:x:y")]
    [InlineData("ftp://x/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://user@x/")]
    [InlineData("https:///x")]
    [InlineData("https://x/a b")]
    [InlineData("https://x/\u00e4")]
    [InlineData("https://x:99999/")]
    [InlineData("")]
    [InlineData(null)]
    public void Refuses_what_is_no_absolute_URI_without_a_fragment(string? value) => Assert.False(ResourceIndicator.TryParse(value, out _));

    [Theory]                                                 // C-09
    [InlineData("https://mcp.example", "https://MCP.example/")]
    [InlineData("https://mcp.example/", "https://mcp.example:443")]
    [InlineData("http://127.0.0.1:8080/mcp", "HTTP://127.0.0.1:8080/mcp")]
    public void Two_spellings_of_one_resource_are_equal_and_keep_their_spelling(string a, string b)
    {
        Assert.Equal(Parse(a), Parse(b));
        Assert.Equal(Parse(a).GetHashCode(), Parse(b).GetHashCode());
        Assert.Equal((a, b), (Parse(a).Value, Parse(b).ToString()));
    }

    [Theory, Trait("Spec", "IDP-12")]
    [InlineData("https://mcp.example/mcp", "https://mcp.example/mcp/")]
    [InlineData("https://mcp.example/mcp", "https://mcp.example/MCP")]
    [InlineData("https://mcp.example/mcp", "https://mcp.example/mcp?x=1")]
    [InlineData("https://mcp.example/mcp", "http://mcp.example/mcp")]
    [InlineData("https://mcp.example/mcp", "https://mcp.example/x/../mcp")]
    [InlineData("https://mcp.example/mcp", "https://mcp.example/%6dcp")]
    [InlineData("https://mcp.example/?a", "https://mcp.example/")]
    public void Anything_longer_is_another_resource(string a, string b) => Assert.NotEqual(Parse(a), Parse(b));

    private static ResourceIndicator Parse(string value)
    {
        Assert.True(ResourceIndicator.TryParse(value, out var resource));
        return resource;
    }
}
