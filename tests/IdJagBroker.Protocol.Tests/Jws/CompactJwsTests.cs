using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using IdJagBroker.Protocol.Jws;
using Xunit;

namespace IdJagBroker.Protocol.Tests.Jws;

public sealed class CompactJwsTests
{
    private static readonly string Good = Forge.Token(Forge.Header, """{"iss":"a","n":1}""");

    [Fact]
    public void Parses_and_verifies_an_honest_token()
    {
        Assert.True(CompactJws.TryParse(Good, 8192, out var jws, out var failure));
        using (jws)
        {
            Assert.Equal(JwsFailure.None, failure);
            Assert.Equal(("ES256", "k1", "oauth-id-jag+jwt"), (jws.Header.AlgorithmName, jws.Header.KeyId, jws.Header.Type));
            Assert.Equal(JwsFailure.None, JwsVerifier.Verify(jws, Forge.Keys, [JwsAlgorithm.ES256], out var key));
            Assert.Equal("k1", key?.KeyId);
            Assert.DoesNotContain(Good[..20], jws.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact, Trait("Spec", "RAS-08"), Trait("Spec", "IDP-26")]
    public void Refuses_a_token_longer_than_the_caller_reads()
    {
        Assert.True(CompactJws.TryParse(Good, Good.Length, out _, out _));
        Assert.False(CompactJws.TryParse(Good, Good.Length - 1, out _, out var failure));
        Assert.Equal(JwsFailure.TooLong, failure);
    }

    [Theory, Trait("Spec", "RAS-08"), Trait("Spec", "IDP-26")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("...")]
    [InlineData("a.b")]
    [InlineData(".a.b")]
    [InlineData("a..b")]
    [InlineData("a.b.")]
    [InlineData("a.b.c.d")]
    [InlineData("a.b.c.d.e")]
    public void Refuses_what_is_not_three_parts(string token) => Assert.Equal(JwsFailure.NotThreeParts, Forge.Judge(token));

    // A plain header takes another way through the code than one that is not: both must refuse, and read, the same.
    [Theory, Trait("Spec", "SEC-08"), Trait("Spec", "SEC-02")]
    [InlineData("""{"alg":"ES256","kid":"k","typ":"JWT"}""", true)]
    [InlineData("""{"alg":"ES256","k\u0069d":"k","typ":"JWT"}""", true)]
    [InlineData(""" { "alg" : "ES256" , "kid" : "k", "typ":"JWT", "x": {"y": [1]} } """, true)]
    [InlineData("""{"alg":"ES256","kid":"k","typ":"JWT","kid":"l"}""", false)]
    [InlineData("""{"alg":"ES256","kid":"k","typ":"JWT","k\u0069d":"l"}""", false)]
    [InlineData("""{"alg":"ES256","kid":"k","typ":"JWT"}{}""", false)]
    [InlineData("""{"alg":"ES256","kid":"k","typ":"JWT",}""", false)]
    [InlineData("""{"alg":"ES256","kid":"k","typ":"JWT",""", false)]
    [InlineData("""{"alg":"ES256","kid":"","typ":"JWT"}""", false)]
    [InlineData("""{"alg":"ES256","kid":7,"typ":"JWT"}""", false)]
    [InlineData("""{"alg":"ES256","kid":"k\u0000","typ":"JWT"}""", false)]
    [InlineData("""{"kid":"k","typ":"JWT"}""", false)]
    [InlineData("""{"alg":null,"kid":"k","typ":"JWT"}""", false)]
    [InlineData("""["alg","ES256"]""", false)]
    public void Reads_a_plain_header_as_any_other(string header, bool isRead)
    {
        var token = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header)) + ".e30.AA";

        Assert.Equal(isRead, CompactJws.TryParse(token, 1000, out var jws, out var failure));
        if (isRead) Assert.Equal(("ES256", "k", "JWT"), (jws!.Header.AlgorithmName, jws.Header.KeyId, jws.Header.Type));
        else Assert.Equal(JwsFailure.HeaderMalformed, failure);
        jws?.Dispose();
    }

    [Fact, Trait("Spec", "SEC-08")]
    public void A_token_of_dots_costs_nothing()
    {
        var dots = EncodedJwt.Of(new string('.', 100_000));
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.False(CompactJws.TryParse(dots, int.MaxValue, out _, out var failure));
        Assert.Equal(JwsFailure.NotThreeParts, failure);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
    }

    [Theory, Trait("Spec", "RAS-08")]
    [InlineData("{0}=.{1}.{2}")]                            // padding
    [InlineData("{0}.{1}=.{2}")]
    [InlineData("{0}.{1}.{2}==")]
    [InlineData(" {0}.{1}.{2}")]                            // white space
    [InlineData("{0}. {1}.{2}")]
    [InlineData("{0}.{1}.{2}\n")]
    [InlineData("{0}\t.{1}.{2}")]
    [InlineData("{0}.{1}.{2}\0")]
    [InlineData("{0}.{1}.{2}+")]                            // the other base64
    [InlineData("{0}.{1}.{2}\u00e4")]
    [InlineData("{0}.{1}.{2}\ud800")]
    [InlineData("Bearer {0}.{1}.{2}")]
    public void Refuses_anything_but_strict_base64url(string format)
    {
        var parts = Good.Split('.');
        Assert.Equal(JwsFailure.NotBase64Url, Forge.Judge(string.Format(null, CompositeFormat.Parse(format), parts[0], parts[1], parts[2])));
    }

    [Fact, Trait("Spec", "RAS-08")]
    public void Refuses_a_signature_with_stray_bits_in_its_last_character()
    {
        var last = Good[^1];                                // 64 bytes end in a character of two bits
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var twin = alphabet[alphabet.IndexOf(last) | 1];

        Assert.NotEqual(last, twin);
        Assert.Equal(JwsFailure.NotBase64Url, Forge.Judge(Good[..^1] + twin));
    }

    [Theory, Trait("Spec", "JAG-03"), Trait("Spec", "SEC-06"), Trait("Spec", "SEC-07")]
    [InlineData("jwk", "{}"), InlineData("jku", "\"https://evil.example/jwks\""), InlineData("x5u", "\"https://evil.example\"")]
    [InlineData("x5c", "[]"), InlineData("crit", "[\"exp\"]"), InlineData("crit", "[]"), InlineData("b64", "false"), InlineData("b64", "true")]
    [InlineData("zip", "\"DEF\""), InlineData("cty", "\"JWT\""), InlineData("jwk", "null"), InlineData("\\u006awk", "{}")]
    public void Refuses_a_header_that_brings_its_own_key_or_changes_the_rules(string member, string value) =>
        Assert.Equal(JwsFailure.HeaderForbidden, Forge.Judge(Forge.Token($$"""{"alg":"ES256","kid":"k1","{{member}}":{{value}}}""", "{}")));

    [Theory, Trait("Spec", "SEC-08")]
    [InlineData("{}")]                                      // no alg
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("\"x\"")]
    [InlineData("{")]
    [InlineData("""{"alg":"ES256"} """ + "x")]
    [InlineData("""{"alg":"ES256"}{}""")]
    [InlineData("""{"alg":1}""")]
    [InlineData("""{"alg":null}""")]
    [InlineData("""{"alg":["ES256"]}""")]
    [InlineData("""{"alg":"ES256\u0000"}""")]
    [InlineData("""{"alg":"\ud800"}""")]
    [InlineData("""{"alg":"ES256","kid":1}""")]
    [InlineData("""{"alg":"ES256","kid":""}""")]
    [InlineData("""{"alg":"ES256","typ":{}}""")]
    [InlineData("""{"alg":"ES256","alg":"ES256"}""")]
    [InlineData("""{"alg":"ES256","\u0061lg":"none"}""")]
    [InlineData("""{"alg":"ES256","x":{"a":1,"a":2}}""")]
    [InlineData("""{"alg":"ES256","\ud800":1}""")]
    [InlineData("""{"alg":"ES256",}""")]
    [InlineData("""{"alg":"ES256"/**/}""")]
    [InlineData("\ufeff{\"alg\":\"ES256\"}")]
    public void Refuses_a_malformed_header(string header) => Assert.Equal(JwsFailure.HeaderMalformed, Forge.Judge(Forge.Token(header, "{}")));

    [Fact, Trait("Spec", "SEC-12")]
    public void A_kid_ends_at_256_characters_and_is_only_compared()
    {
        static JwsFailure With(string kid) => Forge.Judge(Forge.Token($$"""{"alg":"ES256","kid":"{{kid}}"}""", "{}"));

        Assert.Equal(JwsFailure.HeaderMalformed, With(new string('k', 257)));
        foreach (var kid in new[] { new string('k', 256), "../../x", "k1'--", "K1", "k1 ", "%6b1" })
            Assert.Equal(JwsFailure.KeyNotFound, With(kid));
        Assert.Equal(JwsFailure.None, With("k1"));
    }

    [Theory, Trait("Spec", "SEC-08"), Trait("Spec", "RAS-08")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("{\"a\":1")]
    [InlineData("""{"aud":"a","aud":"b"}""")]
    [InlineData("""{"aud":"a","\u0061ud":"b"}""")]
    [InlineData("""{"a":{"b":1,"b":2}}""")]
    [InlineData("""{"a":[[{"b":1,"b":2}]]}""")]
    [InlineData("""{"a":NaN}""")]
    [InlineData("""{"a":01}""")]
    [InlineData("{'a':1}")]
    public void Refuses_a_malformed_payload(string payload)
    {
        var expected = payload.Length is 0 ? JwsFailure.NotThreeParts : JwsFailure.PayloadMalformed;
        Assert.Equal(expected, Forge.Judge(Forge.Token(Forge.Header, payload)));
    }

    [Fact, Trait("Spec", "SEC-08")]
    public void Refuses_a_payload_that_is_not_UTF_8()
    {
        byte[][] broken = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80]];
        foreach (var bytes in broken)
        {
            byte[] payload = [.. "{\"a\":\""u8, .. bytes, .. "\"}"u8];
            Assert.Equal(JwsFailure.PayloadMalformed,
                Forge.Judge(Forge.Sign($"{Forge.Encode(Forge.Header)}.{System.Buffers.Text.Base64Url.EncodeToString(payload)}")));
        }
    }

    [Fact, Trait("Spec", "SEC-08")]
    public void JSON_ends_at_16_levels()
    {
        static string Nested(int levels) => string.Concat(Enumerable.Repeat("{\"a\":", levels - 1)) + "{}" + new string('}', levels - 1);

        Assert.Equal(JwsFailure.None, Forge.Judge(Forge.Token(Forge.Header, Nested(16))));
        Assert.Equal(JwsFailure.PayloadMalformed, Forge.Judge(Forge.Token(Forge.Header, Nested(17))));
        Assert.Equal(JwsFailure.HeaderMalformed, Forge.Judge(Forge.Token("""{"alg":"ES256","a":""" + Nested(16) + "}", "{}")));
    }

    [Theory, Trait("Spec", "SEC-08")]
    [InlineData("deep"), InlineData("wide"), InlineData("wide and twice"), InlineData("numbers"), InlineData("long")]
    public void Monstrous_JSON_is_dealt_with_quickly_and_never_thrown(string kind)
    {
        var payload = kind switch
        {
            "deep" => "{\"a\":" + new string('[', 100_000) + new string(']', 100_000) + "}",
            "wide" => "{" + string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"\"{i}\":1")) + "}",
            "wide and twice" => "{" + string.Join(',', Enumerable.Range(0, 20_000).Append(0).Select(i => $"\"{i}\":1")) + "}",
            "numbers" => "{\"exp\":" + new string('9', 100_000) + "}",
            _ => "{\"iss\":\"" + new string('x', 1_000_000) + "\"}",
        };
        var token = Forge.Token(Forge.Header, payload);

        Assert.Equal(JwsFailure.TooLong, Forge.Judge(token));            // what happens in fact: the limit comes first

        var clock = Stopwatch.StartNew();
        var parsed = CompactJws.TryParse(token, int.MaxValue, out var jws, out var failure);
        using (jws)
        {
            Assert.Equal(kind is "wide" or "numbers" or "long", parsed);
            if (!parsed) Assert.Equal(JwsFailure.PayloadMalformed, failure);
            if (kind is "numbers") Assert.Equal(ClaimState.Malformed, jws!.Claims.GetDate("exp"u8, out _));
            if (kind is "long") Assert.Equal(ClaimState.Malformed, jws!.Claims.GetString("iss"u8, 2048, out _));
        }
        Assert.InRange(clock.ElapsedMilliseconds, 0, 2_000);             // a quadratic parser takes minutes
    }

    [Fact]
    public void A_disposed_token_is_never_read_again_because_its_buffer_may_be_another_tokens()
    {
        Assert.True(CompactJws.TryParse(Good, 8192, out var jws, out _));
        var claims = jws.Claims;
        jws.Dispose();
        jws.Dispose();                                      // once more gives nothing back twice

        Assert.Throws<ObjectDisposedException>(() => claims.Has("iss"u8));
        Assert.Throws<ObjectDisposedException>(() => jws.Claims.Has("iss"u8));
        Assert.Throws<ObjectDisposedException>(() => JwsVerifier.Verify(jws, Forge.Keys, JwsAlgorithm.All, out _));
        Assert.Equal("k1", jws.Header.KeyId);
    }

    [Fact]
    public void Threads_share_a_key_and_never_a_buffer()
    {
        var tokens = Enumerable.Range(0, 8).Select(i => Forge.Token(Forge.Header, $$"""{"n":{{i}},"pad":"{{new string('x', 50 * i)}}"}""")).ToArray();

        Parallel.For(0, 4_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            Assert.True(CompactJws.TryParse(tokens[i % 8], 8192, out var jws, out _));
            using (jws)
            {
                Assert.Equal(JwsFailure.None, JwsVerifier.Verify(jws, Forge.Keys, JwsAlgorithm.All, out _));
                Assert.Equal(ClaimState.Present, jws.Claims.GetDate("n"u8, out var n));
                Assert.Equal(i % 8, n.ToUnixTimeSeconds());
            }
        });
    }
}
