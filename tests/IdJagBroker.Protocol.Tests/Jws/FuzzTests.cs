using System.Diagnostics;
using System.Globalization;
using System.Text;
using IdJagBroker.Protocol.Jws;
using Xunit;

namespace IdJagBroker.Protocol.Tests.Jws;

/// <summary>
/// Bytes at random, and honest inputs with bytes changed at random, into every parser that a stranger reaches: none may throw.
/// <c>IDJAG_FUZZ_SECONDS</c> says how long for each parser (2 by default; an hour before a release), <c>IDJAG_FUZZ_SEED</c> where to start;
/// a failing test prints both its seed and its input.
/// </summary>
public sealed class FuzzTests
{
    private static readonly int Seconds = Setting("IDJAG_FUZZ_SECONDS", 2);
    private static readonly int Seed = Setting("IDJAG_FUZZ_SEED", Environment.TickCount);

    [Fact, Trait("Spec", "SEC-08")]
    public void No_token_makes_the_parser_the_verifier_or_a_reader_throw() => Run(
        [Forge.Token(Forge.Header, """{"iss":"a","sub":"b","aud":["c"],"client_id":"d","jti":"e","iat":1,"exp":2,"nbf":1,"scope":"a b","amr":["x"],"cnf":{"jkt":"y"}}""")],
        bytes =>
        {
            Swallow(Encoding.Latin1.GetString(bytes));
            Swallow(Forge.Token(Forge.Header, Encoding.Latin1.GetString(bytes)));
        });

    [Fact, Trait("Spec", "SEC-08")]
    public void No_header_makes_the_parser_throw() => Run(
        [Forge.Header, """{"alg":"\ud800","kid":"\u006b1","typ":"a\u0000","crit":[],"x5t":"\udc00"}"""],
        bytes => Swallow($"{System.Buffers.Text.Base64Url.EncodeToString(bytes)}.e30.AAAA"));

    [Fact, Trait("Spec", "SEC-08")]
    public void No_proof_makes_the_parser_throw()
    {
        var header = $$"""{"typ":"dpop+jwt","alg":"ES256","jwk":{{Forge.EcJwk()}}}""";
        const string payload = """{"jti":"a","htm":"POST","htu":"https://a.example:443/%7eb/../c?d#e","iat":253370764800,"exp":1,"nbf":1,"nonce":"n","ath":"h"}""";
        Run([header, payload], bytes =>
        {
            var text = Encoding.Latin1.GetString(bytes);
            foreach (var proof in new[] { text, Forge.Token(text, payload), Forge.Token(header, text) })
                if (DpopProof.TryParse(proof, out var parsed, out _)) parsed.Check("POST", text, DateTimeOffset.UnixEpoch.AddYears(1000));
        });
    }

    [Fact, Trait("Spec", "SEC-08")]
    public void No_payload_makes_a_reader_throw() => Run(
        ["""{"iss":"a","sub":"b","aud":["c"],"client_id":"d","jti":"e","iat":1,"exp":253402300799,"nbf":1,"scope":"a b","resource":["r","\ud800"],"amr":["x\u0000"],"cnf":{"jkt":"y"}}"""],
        bytes => Swallow($"{Forge.Encode(Forge.Header)}.{System.Buffers.Text.Base64Url.EncodeToString(bytes)}.AAAA"));

    [Fact, Trait("Spec", "SEC-08")]
    public void No_form_makes_the_parsers_throw() => Run(
        [
            "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&requested_token_type=urn:ietf:params:oauth:token-type:id-jag&subject_token=a"
            + "&subject_token_type=urn:ietf:params:oauth:token-type:id_token&audience=https%3A%2F%2Fas.example&resource=https://m.example/%3Fx&scope=a+b&client_id=%E2%82%AC",
            "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=a&resource=https://m.example:443/x&client_assertion=x&client_assertion_type=y",
        ],
        bytes =>
        {
            if (OAuthForm.Parse(bytes).IsRefused(out var form, out _)) return;
            TokenExchangeRequest.Parse(form).IsRefused(out _, out _);
            JwtBearerRequest.Parse(form).IsRefused(out _, out _);
            ClientCredentials.Parse(form, []).IsRefused(out _, out _);
            foreach (var audience in form.All("audience")) Issuer.LookupKeyOf(audience);
        });

    [Fact, Trait("Spec", "SEC-08")]
    public void No_Authorization_header_makes_the_parser_throw() => Run(
        ["Basic Y2xfN2hRMm5vdGVzOnMlMkJjcmV0JTJGOQ==", "my%20client:se%cret+%C3%9F"],
        bytes =>
        {
            var form = Expect.Form("client_id=c");
            ClientCredentials.Parse(form, [Encoding.Latin1.GetString(bytes)]).IsRefused(out _, out _);
            ClientCredentials.Parse(form, ["Basic " + Convert.ToBase64String(bytes)]).IsRefused(out _, out _);
        });

    [Fact, Trait("Spec", "SEC-08")]
    public void No_key_set_makes_the_parser_throw() => Run(
        [$$"""{"keys":[{{Forge.EcJwk("e", ",\"use\":\"sig\",\"key_ops\":[\"verify\"]")}},{{Forge.RsaJwk("r", ",\"alg\":\"RS256\"")}}]}"""],
        bytes =>
        {
            if (JsonWebKeySet.TryParse(bytes) is { } keys) JwsVerifier.Verify(Honest(), keys, JwsAlgorithm.All, out _);
        });

    private static void Swallow(string token)
    {
        if (!CompactJws.TryParse(token, 16 * 1024, out var jws, out _)) return;
        using (jws)
        {
            JwsVerifier.Verify(jws, Forge.Keys, JwsAlgorithm.All, out _);
            foreach (var now in new[] { DateTimeOffset.UnixEpoch.AddHours(1), new DateTimeOffset(9998, 12, 31, 0, 0, 0, TimeSpan.Zero) })
                _ = JwtTimes.Check(jws.Claims, now, out _);
            IdJag.TryRead(jws.Claims, default, out _, out _);
            jws.Claims.GetObject("cnf"u8, out _);
            _ = jws.Claims.ToJson() + jws;
        }
    }

    private static CompactJws Honest()
    {
        Assert.True(CompactJws.TryParse(Forge.Token(Forge.Header, "{}"), 8192, out var jws, out _));
        return jws;
    }

    private static void Run(string[] honest, Action<byte[]> parse)
    {
        var random = new Random(Seed);
        var clock = Stopwatch.StartNew();
        var runs = 0;
        for (; clock.Elapsed.TotalSeconds < Seconds; runs++)
        {
            var input = Input(random, Encoding.UTF8.GetBytes(honest[random.Next(honest.Length)]));
            try
            {
                parse(input);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {Seed}, run {runs}, input {Convert.ToHexString(input)}", e);
            }
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{runs} inputs from seed {Seed}");
        Assert.True(runs > 100, $"only {runs} inputs were tried");
    }

    private static byte[] Input(Random random, byte[] honest)
    {
        if (random.Next(8) is 0)
        {
            var noise = new byte[random.Next(300)];
            random.NextBytes(noise);
            return noise;
        }
        var bytes = new List<byte>(honest);
        for (var changes = random.Next(1, 6); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes.Insert(at, "\"\\{}[]:,.=&%+u0\0 -"u8[random.Next(18)]); break;
                case 2: bytes.RemoveRange(at, random.Next(Math.Min(40, bytes.Count - at))); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, random.Next(Math.Min(60, bytes.Count - at)))); break;
                default: bytes[at] ^= (byte)(1 << random.Next(8)); break;
            }
        }
        return [.. bytes];
    }

    private static int Setting(string name, int fallback) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : fallback;
}
