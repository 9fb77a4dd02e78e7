using IdJagBroker.Protocol.Jws;
using Xunit;

namespace IdJagBroker.Protocol.Tests.Jws;

public sealed class JwtClaimsTests
{
    [Fact]
    public void Reads_each_claim_by_its_type()
    {
        var claims = Forge.Claims("""{"s":"t\u00e4xt","d":0,"b":false,"one":"x","many":["x","x"],"none":[],"o":{"jkt":"j"}}""");

        Assert.Equal(ClaimState.Present, claims.GetString("s"u8, 4, out var text));
        Assert.Equal("täxt", text);
        Assert.Equal(ClaimState.Malformed, claims.GetString("s"u8, 3, out text));
        Assert.Null(text);
        Assert.Equal(ClaimState.Present, claims.GetDate("d"u8, out var date));
        Assert.Equal(DateTimeOffset.UnixEpoch, date);
        Assert.Equal(ClaimState.Present, claims.GetBoolean("b"u8, out var truth));
        Assert.False(truth);
        Assert.Equal(ClaimState.Present, claims.GetStrings("one"u8, 1, out var values));
        Assert.Equal(["x"], values);
        Assert.Equal(ClaimState.Present, claims.GetStrings("many"u8, 2, out values));
        Assert.Equal(["x", "x"], values);
        Assert.Equal(ClaimState.Malformed, claims.GetStrings("many"u8, 1, out values));
        Assert.Empty(values);
        Assert.Equal(ClaimState.Present, claims.GetStrings("none"u8, 1, out _));
        Assert.Equal(ClaimState.Present, claims.GetObject("o"u8, out var inner));
        Assert.True(inner.Has("jkt"u8));
    }

    [Theory]
    [InlineData("\"t\\u00e4\\\"xt\"", "\"tä\\\"xt\"")]
    [InlineData("[ 1.50 ,true, null]", "[1.50,true,null]")]
    [InlineData("{ \"a\" : { } }", "{\"a\":{}}")]
    [InlineData("null", null)]
    [InlineData("\"\\ud800\"", null)]
    [InlineData("[\"a\\ud800b\"]", null)]
    public void Gives_any_claim_as_json_and_none_that_is_no_text(string value, string? json)
    {
        Assert.Equal(json, Forge.Claims($$"""{"c":{{value}}}""").GetJson("c"u8));
        Assert.Null(Forge.Claims("{}").GetJson("c"u8));
    }

    [Fact]
    public void Absent_is_not_malformed()
    {
        var claims = Forge.Claims("""{"S":"x"}""");

        Assert.Equal(ClaimState.Absent, claims.GetString("s"u8, 9, out _));
        Assert.Equal(ClaimState.Absent, claims.GetDate("s"u8, out _));
        Assert.Equal(ClaimState.Absent, claims.GetBoolean("s"u8, out _));
        Assert.Equal(ClaimState.Absent, claims.GetStrings("s"u8, 9, out _));
        Assert.Equal(ClaimState.Absent, claims.GetObject("s"u8, out _));
        Assert.False(claims.Has("s"u8));
    }

    [Theory]
    [InlineData("\"x\"", true), InlineData("[\"y\",\"x\"]", true)]
    [InlineData("\"X\"", false), InlineData("\"xx\"", false), InlineData("[]", false), InlineData("[\"y\"]", false)]
    [InlineData("[\"x\",\"y\",\"z\"]", false), InlineData("[\"x\",1]", false), InlineData("[\"x\",\"\"]", false), InlineData("[[\"x\"]]", false), InlineData("{\"x\":\"x\"}", false), InlineData("null", false)]
    public void Contains_a_text_alone_or_among_a_few_and_nothing_malformed(string value, bool contains)
    {
        Assert.Equal(contains, Forge.Claims($$"""{"aud":{{value}}}""").Contains("aud"u8, 2, "x"));
        Assert.False(Forge.Claims("{}").Contains("aud"u8, 2, "x"));
    }

    [Theory, Trait("Spec", "SEC-08")]
    [InlineData("\"a\\u0000\""), InlineData("\"\\ud83d\""), InlineData("\"\\udc00\\ud800\""), InlineData("\"\\ud800x\"")]
    public void A_text_with_NUL_or_half_a_surrogate_pair_is_malformed(string value)
    {
        var claims = Forge.Claims($$"""{"s":{{value}},"a":[{{value}}]}""");

        Assert.Equal(ClaimState.Malformed, claims.GetString("s"u8, 99, out _));
        Assert.Equal(ClaimState.Malformed, claims.GetStrings("s"u8, 9, out _));
        Assert.Equal(ClaimState.Malformed, claims.GetStrings("a"u8, 9, out _));
    }

    [Fact]
    public void A_pair_of_surrogates_is_text() =>
        Assert.Equal(ClaimState.Present, Forge.Claims("""{"s":"\ud83d\ude00"}""").GetString("s"u8, 2, out _));

    [Theory]
    [InlineData("\"{}\""), InlineData("[]"), InlineData("null"), InlineData("1")]
    public void An_object_is_an_object(string value) =>
        Assert.Equal(ClaimState.Malformed, Forge.Claims($$"""{"cnf":{{value}}}""").GetObject("cnf"u8, out _));
}
