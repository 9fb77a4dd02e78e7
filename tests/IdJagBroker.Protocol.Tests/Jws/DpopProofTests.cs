using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Protocol.Jws;
using Xunit;

namespace IdJagBroker.Protocol.Tests.Jws;

public sealed class DpopProofTests
{
    private const string Endpoint = "https://broker.acme.example/oauth2/token";
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_795_165_200);

    private static JsonObject Header(string? jwk = null) =>
        new() { ["typ"] = "dpop+jwt", ["alg"] = "ES256", ["jwk"] = JsonNode.Parse(jwk ?? Forge.EcJwk()) };

    private static JsonObject Claims() => new()
    {
        ["jti"] = "e1j3V_bKic8-LAEB", ["htm"] = "POST", ["htu"] = Endpoint, ["iat"] = Now.ToUnixTimeSeconds(),
    };

    private static string Make(Action<JsonObject, JsonObject>? change = null)
    {
        var (header, claims) = (Header(), Claims());
        change?.Invoke(header, claims);
        return Forge.Token(header.ToJsonString(), claims.ToJsonString());
    }

    private static DpopFailure Judge(string text)
    {
        if (!DpopProof.TryParse(text, out var proof, out var failure)) return failure;
        return proof.Check("POST", Endpoint, Now);
    }

    private static DpopFailure Judge(Action<JsonObject, JsonObject> change) => Judge(Make(change));

    // RFC 9449 §4.1, figure 2: the example proof, signed by somebody else's code.
    private const string Rfc9449 =
        "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19"
        + ".eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ"
        + ".2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";

    [Fact, Trait("Spec", "POP-02"), Trait("Spec", "POP-04")]
    public void Takes_the_proof_of_RFC_9449_and_names_its_key_as_RFC_9449_does()
    {
        Assert.True(DpopProof.TryParse(Rfc9449, out var proof, out var failure), failure.ToString());
        Assert.Equal(("-BwC3ESc6acc2lTc", "POST", "https://server.example.com/token"), (proof.JwtId, proof.Method, proof.Uri));
        Assert.Equal("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I", proof.Thumbprint);     // §6.1's cnf.jkt
        Assert.Equal(DpopFailure.None, proof.Check("POST", "https://server.example.com/token", DateTimeOffset.FromUnixTimeSeconds(1_562_262_616)));
    }

    [Fact, Trait("Spec", "POP-02")]
    public void Reads_what_an_honest_proof_says()
    {
        Assert.True(DpopProof.TryParse(Make((_, claims) => (claims["nonce"], claims["ath"]) = ("n", new string('h', 43))), out var proof, out _));
        Assert.Equal(("e1j3V_bKic8-LAEB", Now, "n", new string('h', 43)), (proof.JwtId, proof.IssuedAt, proof.Nonce, proof.AccessTokenHash));
        Assert.Equal(DpopFailure.None, proof.Check("POST", Endpoint, Now));
        Assert.True(DpopProof.TryParse(Make(), out var plain, out _));
        Assert.Equal((null, null), (plain.Nonce, plain.AccessTokenHash));
    }

    [Theory, Trait("Spec", "POP-20")]
    [InlineData("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU", "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo", true)]      // RFC 9449 §7.1, figure 13
    [InlineData("AT.EXAMPLE", "5NgxQDt2Gz3-VBklzYPyLqXI4r-i_t6Nw0u-B2pgtgg", true)]                                     // the catalogue's §12
    [InlineData("AT.EXAMPLF", "5NgxQDt2Gz3-VBklzYPyLqXI4r-i_t6Nw0u-B2pgtgg", false)]
    [InlineData("AT.EXAMPLE", "5NgxQDt2Gz3-VBklzYPyLqXI4r-i_t6Nw0u-B2pgtg", false)]
    [InlineData("AT.EXAMPLE", "x", false)]
    [InlineData("AT.EXAMPLE", null, false)]
    public void Goes_with_the_access_token_of_its_ath_alone(string accessToken, string? hash, bool fits)
    {
        Assert.True(DpopProof.TryParse(Make((_, claims) => { if (hash is not null) claims["ath"] = hash; }), out var proof, out _));

        Assert.Equal(fits, proof.IsFor(accessToken));
    }

    [Fact, Trait("Spec", "POP-07"), Trait("Spec", "POP-20")]
    public void Is_by_its_own_key_alone()
    {
        Assert.True(DpopProof.TryParse(Rfc9449, out var proof, out _));

        Assert.True(proof.IsBy("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"));
        foreach (var other in new[] { "", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4", "1ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" }) Assert.False(proof.IsBy(other));
    }

    [Fact, Trait("Spec", "POP-02"), Trait("Spec", "META-11")]
    public void Takes_every_algorithm_that_it_announces()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var q = p384.ExportParameters(false).Q;
        var es384 = Header($$"""{"kty":"EC","crv":"P-384","x":"{{Base64Url.EncodeToString(q.X!)}}","y":"{{Base64Url.EncodeToString(q.Y!)}}"}""");
        es384["alg"] = "ES384";
        var input = $"{Forge.Encode(es384.ToJsonString())}.{Forge.Encode(Claims().ToJsonString())}";
        var (rs256, ps256) = (Header(Forge.RsaJwk()), Header(Forge.RsaJwk()));
        (rs256["alg"], ps256["alg"]) = ("RS256", "PS256");

        Assert.Equal(["ES256", "ES384", "RS256", "PS256"], DpopProof.Algorithms.Select(algorithm => algorithm.Name));
        Assert.Equal(DpopFailure.None, Judge(Make()));
        Assert.Equal(DpopFailure.None, Judge($"{input}.{Base64Url.EncodeToString(p384.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA384))}"));
        Assert.Equal(DpopFailure.None, Judge(Forge.SignRsa(rs256.ToJsonString(), Claims().ToJsonString())));
        Assert.Equal(DpopFailure.None, Judge(Forge.SignRsa(ps256.ToJsonString(), Claims().ToJsonString(), RSASignaturePadding.Pss)));
    }

    [Theory, Trait("Spec", "POP-02"), Trait("Spec", "SEC-05")]
    [InlineData(null)]
    [InlineData("JWT")]
    [InlineData("dpop")]
    [InlineData("at+jwt")]
    [InlineData("oauth-id-jag+jwt")]
    [InlineData("client-authentication+jwt")]
    public void Refuses_another_type(string? typ) =>
        Assert.Equal(DpopFailure.TypeWrong, Judge((header, _) => { if (typ is null) header.Remove("typ"); else header["typ"] = typ; }));

    [Theory, Trait("Spec", "POP-02")]
    [InlineData("none")]
    [InlineData("HS256")]
    [InlineData("es256")]
    [InlineData("ES512")]
    [InlineData("EdDSA")]
    [InlineData("RS1")]
    public void Refuses_another_algorithm(string alg) => Assert.Equal(DpopFailure.AlgorithmNotAllowed, Judge((header, _) => header["alg"] = alg));

    [Fact, Trait("Spec", "POP-02")]
    public void Refuses_an_algorithm_that_the_key_is_not_for()
    {
        Assert.Equal(DpopFailure.KeyUnfit, Judge((header, _) => header["alg"] = "ES384"));
        Assert.Equal(DpopFailure.KeyUnfit, Judge((header, _) => header["alg"] = "RS256"));
        Assert.Equal(DpopFailure.KeyUnfit, Judge((header, _) => header["jwk"] = JsonNode.Parse(Forge.RsaJwk())));
        Assert.Equal(DpopFailure.KeyUnfit, Judge((header, _) => header["jwk"]!["alg"] = "ES384"));
    }

    [Fact, Trait("Spec", "POP-02")]
    public void Refuses_a_proof_without_a_key()
    {
        Assert.Equal(DpopFailure.KeyMissing, Judge((header, _) => header.Remove("jwk")));
        foreach (var jwk in new[] { "null", "\"x\"", "[]", "{}" })
            Assert.Equal(DpopFailure.KeyUnusable, Judge((header, _) => header["jwk"] = JsonNode.Parse(jwk)));
    }

    [Theory, Trait("Spec", "POP-02")]
    [InlineData("d"), InlineData("p"), InlineData("q"), InlineData("dp"), InlineData("dq"), InlineData("qi"), InlineData("oth"), InlineData("k")]
    public void Refuses_a_key_that_is_given_away(string member)
    {
        Assert.Equal(DpopFailure.KeyPrivate, Judge((header, _) => header["jwk"]![member] = "AQAB"));
        Assert.Equal(DpopFailure.KeyPrivate, Judge((header, _) => header["jwk"]![member] = null));
    }

    [Fact, Trait("Spec", "POP-02")]
    public void Refuses_a_key_that_is_no_public_signature_key()
    {
        using var weak = RSA.Create(1024);
        var x = Base64Url.EncodeToString(new byte[32]);
        Assert.Equal(DpopFailure.KeyUnusable, Judge((header, _) => header["jwk"] = JsonNode.Parse(Forge.RsaJwk(key: weak))));
        Assert.Equal(DpopFailure.KeyUnusable, Judge((header, _) => header["jwk"]!["x"] = x));           // off the curve
        Assert.Equal(DpopFailure.KeyUnusable, Judge((header, _) => header["jwk"]!["use"] = "enc"));
        Assert.Equal(DpopFailure.KeyUnusable, Judge((header, _) => header["jwk"]!["kty"] = "oct"));
    }

    [Fact, Trait("Spec", "POP-02")]
    public void Refuses_a_signature_by_another_key()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var input = Make()[..Make().LastIndexOf('.')];
        Assert.Equal(DpopFailure.SignatureInvalid, Judge($"{input}.{Base64Url.EncodeToString(other.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256))}"));
        Assert.Equal(DpopFailure.SignatureInvalid, Judge($"{input}.AAAA"));
    }

    [Theory, Trait("Spec", "POP-02"), Trait("Spec", "SEC-06"), Trait("Spec", "SEC-07")]
    [InlineData("jku"), InlineData("x5u"), InlineData("x5c"), InlineData("crit"), InlineData("b64"), InlineData("zip"), InlineData("cty")]
    public void Permits_nothing_but_the_key_in_its_header(string member) =>
        Assert.Equal(DpopFailure.Malformed, Judge((header, _) => header[member] = "x"));

    [Fact, Trait("Spec", "SEC-06"), Trait("Spec", "JAG-03")]
    public void Lets_no_other_token_bring_its_key()
    {
        Assert.Equal(JwsFailure.HeaderForbidden, Forge.Judge(Make()));
        Assert.False(JwsParts.TrySplit(Make(), DpopProof.MaxChars, out _, out var failure));
        Assert.Equal(JwsFailure.HeaderForbidden, failure);
    }

    [Theory, Trait("Spec", "POP-01"), Trait("Spec", "POP-02"), Trait("Spec", "SEC-08")]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("x.y.z")]
    [InlineData("..")]
    [InlineData("{0} ")]
    [InlineData("{0},{0}")]
    [InlineData("{0}, {0}")]
    [InlineData("{0}.{0}")]
    [InlineData("{0}=")]
    public void Refuses_what_is_not_one_strict_JWT(string format) => Assert.Equal(DpopFailure.Malformed, Judge(string.Format(null, format, Make())));

    [Fact, Trait("Spec", "SEC-08"), Trait("Spec", "SEC-09")]
    public void Refuses_a_member_twice_and_a_proof_beyond_its_length()
    {
        var jwk = Forge.EcJwk();
        Assert.Equal(DpopFailure.Malformed, Judge(Forge.Token($$"""{"typ":"dpop+jwt","alg":"ES256","jwk":{{jwk}},"jwk":{{jwk}}}""", Claims().ToJsonString())));
        Assert.Equal(DpopFailure.Malformed, Judge(Forge.Token($$"""{"typ":"dpop+jwt","alg":"ES256","jwk":{{Forge.EcJwk(more: ",\"kty\":\"EC\"")}}}""", Claims().ToJsonString())));
        Assert.Equal(DpopFailure.Malformed, Judge(Forge.Token(Header().ToJsonString(), Claims().ToJsonString()[..^1] + ",\"jti\":\"x\"}")));
        Assert.Equal(DpopFailure.Malformed, Judge((_, claims) => claims["more"] = new string('x', DpopProof.MaxChars)));
    }

    [Theory, Trait("Spec", "POP-02")]
    [InlineData("jti", DpopFailure.JwtIdMalformed)]
    [InlineData("htm", DpopFailure.MethodMalformed)]
    [InlineData("htu", DpopFailure.UriMalformed)]
    [InlineData("iat", DpopFailure.TimeMalformed)]
    public void Refuses_a_proof_without_a_claim_or_with_one_of_another_type(string claim, DpopFailure expected)
    {
        Assert.Equal(expected, Judge((_, claims) => claims.Remove(claim)));
        foreach (var value in new[] { "null", "\"\"", "true", "{}", "[]", "-1", "1.5", "\"\\u0000\"", $"\"{new string('x', 2049)}\"" })
            Assert.Equal(expected, Judge((_, claims) => claims[claim] = JsonNode.Parse(value)));
    }

    [Theory]
    [InlineData("nonce", DpopFailure.NonceMalformed)]
    [InlineData("ath", DpopFailure.AccessTokenHashMalformed)]
    [InlineData("exp", DpopFailure.TimeMalformed)]
    [InlineData("nbf", DpopFailure.TimeMalformed)]
    public void Refuses_an_optional_claim_of_another_type(string claim, DpopFailure expected)
    {
        foreach (var value in new[] { "null", "\"\"", "true", "{}", "[]", "-1", $"\"{new string('x', 513)}\"" })
            Assert.Equal(expected, Judge((_, claims) => claims[claim] = JsonNode.Parse(value)));
    }

    [Fact, Trait("Spec", "POP-02")]
    public void A_jti_ends_at_its_length()
    {
        Assert.Equal(DpopFailure.None, Judge((_, claims) => claims["jti"] = new string('x', 255)));
        Assert.Equal(DpopFailure.JwtIdMalformed, Judge((_, claims) => claims["jti"] = new string('x', 256)));
    }

    [Theory, Trait("Spec", "POP-03")]
    [InlineData("GET"), InlineData("post"), InlineData("POST "), InlineData("PUT")]
    public void Refuses_a_proof_for_another_method(string htm) => Assert.Equal(DpopFailure.MethodMismatch, Judge((_, claims) => claims["htm"] = htm));

    [Theory, Trait("Spec", "POP-03")]
    [InlineData("https://broker.acme.example/oauth2/token")]
    [InlineData("HTTPS://Broker.ACME.example/oauth2/token")]
    [InlineData("https://broker.acme.example:443/oauth2/token")]
    [InlineData("https://broker.acme.example:/oauth2/token")]
    [InlineData("https://broker.acme.example/./a/../oauth2/token")]
    [InlineData("https://broker.acme.example/../oauth2/token")]
    [InlineData("https://broker.acme.example/%6fauth2/%74oken")]
    [InlineData("https://broker.acme.example/a/%2e%2E/oauth2/token")]
    [InlineData("https://broker.acme.example/oauth2/token?x=/y")]
    [InlineData("https://broker.acme.example/oauth2/token#f")]
    [InlineData("https://broker.acme.example/oauth2/token?x#f")]
    public void Takes_an_equivalent_URI(string htu) => Assert.Equal(DpopFailure.None, Judge((_, claims) => claims["htu"] = htu));

    [Theory, Trait("Spec", "POP-03")]
    [InlineData("http://broker.acme.example/oauth2/token")]
    [InlineData("http://broker.acme.example:443/oauth2/token")]
    [InlineData("https://broker.acme.example:80/oauth2/token")]
    [InlineData("https://broker.acme.example:8443/oauth2/token")]
    [InlineData("https://as.trackr.example/oauth2/token")]
    [InlineData("https://broker.acme.example.evil.example/oauth2/token")]
    [InlineData("https://broker.acme.example/oauth2/token/")]
    [InlineData("https://broker.acme.example/oauth2/Token")]
    [InlineData("https://broker.acme.example/oauth2//token")]
    [InlineData("https://broker.acme.example/oauth2%2ftoken")]
    [InlineData("https://broker.acme.example/oauth2/token/..")]
    [InlineData("https://broker.acme.example/oauth2/token/.")]
    [InlineData("https://broker.acme.example")]
    [InlineData("https://broker.acme.example?/oauth2/token")]
    [InlineData("https://broker.acme.example#/oauth2/token")]
    public void Refuses_a_proof_for_another_URI(string htu) => Assert.Equal(DpopFailure.UriMismatch, Judge((_, claims) => claims["htu"] = htu));

    [Theory, Trait("Spec", "POP-03")]
    [InlineData("/oauth2/token")]
    [InlineData("broker.acme.example/oauth2/token")]
    [InlineData("ftp://broker.acme.example/oauth2/token")]
    [InlineData("https:/broker.acme.example/oauth2/token")]
    [InlineData("https:///oauth2/token")]
    [InlineData("https://user@broker.acme.example/oauth2/token")]
    [InlineData("https://evil.example\\@broker.acme.example/oauth2/token")]
    [InlineData("https://broker%2eacme.example/oauth2/token")]
    [InlineData("https://broker.acme.example/oauth2/token%")]
    [InlineData("https://broker.acme.example/oauth2/%zztoken")]
    [InlineData(" https://broker.acme.example/oauth2/token")]
    public void Refuses_a_URI_that_is_none(string htu) => Assert.Equal(DpopFailure.UriMalformed, Judge((_, claims) => claims["htu"] = htu));

    [Theory]
    [InlineData("https://a.example", "https://a.example/")]
    [InlineData("HTTP://A.example:80/%c3%a9", "http://a.example/%C3%A9")]
    [InlineData("https://a.example/b/..", "https://a.example/")]
    [InlineData("https://a.example/b/c/..", "https://a.example/b/")]
    [InlineData("https://a.example/b/.", "https://a.example/b/")]
    [InlineData("https://a.example/b//../c", "https://a.example/b/c")]
    [InlineData("https://a.example/b%2F..%2fc", "https://a.example/b%2F..%2Fc")]
    [InlineData("https://[::1]:443/b", "https://[::1]/b")]
    [InlineData("https://0x7f.1/b", "https://0x7f.1/b")]
    [InlineData("https://a.example/%7Eb...", "https://a.example/~b...")]
    public void Normalises_as_RFC_3986_has_it(string text, string expected) => Assert.Equal(expected, HttpUri.Normalize(text));

    [Theory, Trait("Spec", "POP-14")]
    [InlineData(-301, DpopFailure.TooOld)]
    [InlineData(-300, DpopFailure.None)]
    [InlineData(300, DpopFailure.None)]
    [InlineData(301, DpopFailure.InFuture)]
    [InlineData(-1_795_165_200, DpopFailure.TooOld)]
    [InlineData(250_000_000_000, DpopFailure.InFuture)]
    public void Takes_a_proof_of_five_minutes_either_way(long seconds, DpopFailure expected) =>
        Assert.Equal(expected, Judge((_, claims) => claims["iat"] = Now.ToUnixTimeSeconds() + seconds));

    [Theory]
    [InlineData("exp", -60, DpopFailure.TooOld)]
    [InlineData("exp", -59, DpopFailure.None)]
    [InlineData("nbf", 60, DpopFailure.None)]
    [InlineData("nbf", 61, DpopFailure.InFuture)]
    public void Honours_a_proofs_own_limits(string claim, long seconds, DpopFailure expected) =>
        Assert.Equal(expected, Judge((_, claims) => claims[claim] = Now.ToUnixTimeSeconds() + seconds));
}
