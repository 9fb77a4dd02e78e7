using System.Text;
using Xunit;

namespace IdJagBroker.Protocol.Tests;

public sealed class AuthorizationParametersTests
{
    [Fact]
    public void Reads_plus_percent_and_UTF_8()
    {
        var parameters = Read("a=x+y%2Bz&b=%E2%82%AC&%63=3&d=a=b");

        Assert.Equal(("x y+z", "€", "3", "a=b"), (parameters["a"], parameters["b"], parameters["c"], parameters["d"]));
        Assert.Null(parameters["A"]);
        Assert.Null(parameters.Repeated);
    }

    [Theory]
    [InlineData("state=")]
    [InlineData("state")]
    [InlineData("&&state=&")]
    [InlineData("")]
    public void An_empty_parameter_is_absent(string query)
    {
        Assert.Null(Read(query)["state"]);
        Assert.Equal("s", Read(query + "&state=s")["state"]);
        Assert.Null(Read(query + "&state=s").Repeated);
    }

    [Theory]
    [InlineData("scope=a&scope=a", "scope")]
    [InlineData("client_id=a&x=1&client_id=b", "client_id")]
    [InlineData("x=1&y=2&%78=3", "x")]                      // the same name, written otherwise
    [InlineData("audience=a&audience=b", "audience")]
    public void A_parameter_that_is_there_twice_is_named_and_has_no_value(string query, string name)
    {
        var parameters = Read(query);

        Assert.Equal(name, parameters.Repeated);
        Assert.Null(parameters[name]);
    }

    [Fact]
    public void Resource_may_repeat()
    {
        var parameters = Read("resource=b&state=s&resource=a&resource=b");

        Assert.Null(parameters.Repeated);
        Assert.Equal(["b", "a", "b"], parameters.All("resource"));
        Assert.Empty(parameters.All("scope"));
    }

    [Theory]
    [InlineData("a=%")]
    [InlineData("a=%4")]
    [InlineData("a=%zz")]
    [InlineData("a=%-1")]
    [InlineData("a=%+1")]
    [InlineData("a=%20%")]
    [InlineData("%=a")]
    [InlineData("a=%ff")]                                   // not UTF-8
    [InlineData("a=%c0%80")]                                // overlong NUL
    [InlineData("a=%ed%a0%80")]                             // half of a surrogate pair
    [InlineData("a=b%00c"), InlineData("a%00=b")]
    public void Broken_encoding_is_not_read(string query) => Assert.Null(AuthorizationParameters.Parse(Encoding.ASCII.GetBytes(query)));

    [Fact]
    public void Raw_bytes_that_are_no_UTF_8_are_not_read() => Assert.Null(AuthorizationParameters.Parse([(byte)'a', (byte)'=', 0xff]));

    [Fact]
    public void They_end_at_16_KiB()
    {
        Assert.Equal(AuthorizationParameters.MaxBytes - 2, Read("a=" + new string('x', AuthorizationParameters.MaxBytes - 2))["a"]!.Length);
        Assert.Null(AuthorizationParameters.Parse(Encoding.ASCII.GetBytes("a=" + new string('x', AuthorizationParameters.MaxBytes - 1))));
    }

    [Fact]
    public void They_end_at_64()
    {
        static string Many(int count) => string.Join('&', Enumerable.Range(0, count).Select(i => $"p{i}=1"));

        Assert.Equal("1", Read(Many(AuthorizationParameters.MaxParameters))["p63"]);
        Assert.Null(AuthorizationParameters.Parse(Encoding.ASCII.GetBytes(Many(AuthorizationParameters.MaxParameters + 1))));
        // Empty ones are absent, and counted: they cost as much to read.
        Assert.Null(AuthorizationParameters.Parse(Encoding.ASCII.GetBytes(string.Join('&', Enumerable.Repeat("p=", AuthorizationParameters.MaxParameters + 1)))));
    }

    private static AuthorizationParameters Read(string query)
    {
        var parameters = AuthorizationParameters.Parse(Encoding.ASCII.GetBytes(query));
        Assert.NotNull(parameters);
        return parameters;
    }
}
