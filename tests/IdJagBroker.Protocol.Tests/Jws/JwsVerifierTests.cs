using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Protocol.Jws;
using Xunit;

namespace IdJagBroker.Protocol.Tests.Jws;

public sealed class JwsVerifierTests
{
    [Fact]
    public async Task Verifies_each_algorithm_with_its_key_and_with_no_other()
    {
        using var p384 = new InProcessSigningKey(ECDsa.Create(ECCurve.NamedCurves.nistP384));
        using var rs256 = new InProcessSigningKey(RSA.Create(2048), JwsAlgorithm.RS256);
        using var ps256 = new InProcessSigningKey(RSA.Create(3072), JwsAlgorithm.PS256);
        using var es256 = InProcessSigningKey.CreateEs256();
        ISigningKey[] keys = [es256, p384, rs256, ps256];

        Assert.Equal(JwsAlgorithm.All.Order(Comparer<JwsAlgorithm>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name))),
            keys.Select(key => key.Algorithm).Order(Comparer<JwsAlgorithm>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name))));
        foreach (var key in keys)
        {
            var token = (await UnsignedJws.Create(key, "JWT", 1, static (n, json) => json.WriteNumber("n", n))
                .SignAsync(TestContext.Current.CancellationToken)).Reveal();
            Assert.Equal(JwsFailure.None, Forge.Judge(token, new JsonWebKeySet(keys.Select(k => k.PublicKey))));
            Assert.Equal(JwsFailure.KeyNotFound, Forge.Judge(token, new JsonWebKeySet(keys.Where(k => k != key).Select(k => k.PublicKey))));
            Assert.Equal(JwsFailure.AlgorithmNotAllowed,
                Forge.Judge(token, new JsonWebKeySet([key.PublicKey]), [.. JwsAlgorithm.All.Where(a => a != key.Algorithm)]));
        }
    }

    [Theory, Trait("Spec", "SEC-02"), Trait("Spec", "IDP-29")]
    [InlineData("none"), InlineData("None"), InlineData("NONE"), InlineData(""), InlineData("es256"), InlineData("ES256 ")]
    [InlineData("HS256"), InlineData("HS384"), InlineData("HS512"), InlineData("RS1"), InlineData("ES256K"), InlineData("EdDSA")]
    public void An_algorithm_that_is_none_of_ours_is_refused_though_the_signature_is_right(string alg) =>
        Assert.Equal(JwsFailure.AlgorithmNotAllowed, Forge.Judge(Forge.Token($$"""{"alg":"{{alg}}","kid":"k1"}""", "{}")));

    [Fact, Trait("Spec", "SEC-02"), Trait("Spec", "IDP-29")]
    public void A_MAC_under_the_public_key_is_no_signature()
    {
        foreach (var secret in new[] { Forge.Rsa.ExportSubjectPublicKeyInfo(), Forge.Rsa.ExportRSAPublicKey(), Encoding.UTF8.GetBytes(Forge.Rsa.ExportSubjectPublicKeyInfoPem()) })
        {
            var input = $"{Forge.Encode("""{"alg":"HS256","kid":"r"}""")}.{Forge.Encode("{}")}";
            var token = $"{input}.{Base64Url.EncodeToString(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(input)))}";
            Assert.Equal(JwsFailure.AlgorithmNotAllowed, Forge.Judge(token, Forge.KeySet(Forge.RsaJwk("r"))));
        }
    }

    [Fact, Trait("Spec", "SEC-02")]
    public void The_header_selects_within_what_the_caller_allows()
    {
        var token = Forge.SignRsa("""{"alg":"RS256"}""", "{}");
        var keys = Forge.KeySet(Forge.RsaJwk());

        Assert.Equal(JwsFailure.None, Forge.Judge(token, keys, JwsAlgorithm.RS256));
        Assert.Equal(JwsFailure.AlgorithmNotAllowed, Forge.Judge(token, keys, JwsAlgorithm.PS256, JwsAlgorithm.ES256));
    }

    [Fact, Trait("Spec", "SEC-02")]
    public void A_key_with_an_algorithm_is_used_with_that_one_only()
    {
        var token = Forge.SignRsa("""{"alg":"PS256","kid":"r"}""", "{}", RSASignaturePadding.Pss);

        Assert.Equal(JwsFailure.None, Forge.Judge(token, Forge.KeySet(Forge.RsaJwk("r", ",\"alg\":\"PS256\""))));
        Assert.Equal(JwsFailure.KeyNotFound, Forge.Judge(token, Forge.KeySet(Forge.RsaJwk("r", ",\"alg\":\"RS256\""))));
        Assert.Equal(JwsFailure.SignatureInvalid, Forge.Judge(Forge.SignRsa("""{"alg":"PS256","kid":"r"}""", "{}"), Forge.KeySet(Forge.RsaJwk("r"))));
    }

    [Fact, Trait("Spec", "SEC-03")]
    public void The_curve_must_be_the_algorithms()
    {
        var key = Forge.KeySet(Forge.EcJwk("k1"));

        Assert.Equal(JwsFailure.KeyNotFound, Forge.Judge(Forge.Token("""{"alg":"ES384","kid":"k1"}""", "{}"), key));
        Assert.Equal(JwsFailure.KeyNotFound, Forge.Judge(Forge.Token("""{"alg":"RS256","kid":"k1"}""", "{}"), key));
    }

    [Fact, Trait("Spec", "SEC-11")]
    public void Exactly_one_key_must_be_meant()
    {
        var second = JsonWebKeySetTests.OtherEcJwk("k2");
        var (withKid, without) = (Forge.Token(Forge.Header, "{}"), Forge.Token("""{"alg":"ES256"}""", "{}"));

        Assert.Equal(JwsFailure.None, Forge.Judge(withKid, Forge.KeySet(Forge.EcJwk("k1"), second)));
        Assert.Equal(JwsFailure.KeyAmbiguous, Forge.Judge(without, Forge.KeySet(Forge.EcJwk("k1"), second)));
        Assert.Equal(JwsFailure.KeyAmbiguous, Forge.Judge(withKid, Forge.KeySet(Forge.EcJwk("k1"), JsonWebKeySetTests.OtherEcJwk("k1"))));
        Assert.Equal(JwsFailure.KeyNotFound, Forge.Judge(withKid, Forge.KeySet(Forge.EcJwk())));
        Assert.Equal(JwsFailure.None, Forge.Judge(without, Forge.KeySet(Forge.EcJwk("k1"), Forge.RsaJwk("r"))));   // one candidate by kty
        Assert.Equal(JwsFailure.KeyNotFound, Forge.Judge(without, Forge.KeySet(Forge.RsaJwk("r"))));
    }

    [Fact, Trait("Spec", "SEC-04")]
    public void A_signature_of_zeros_or_of_another_length_is_none()
    {
        var input = Forge.Token(Forge.Header, "{}");
        input = input[..input.LastIndexOf('.')];
        var good = Forge.Ec.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256);
        var der = Forge.Ec.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        byte[][] bad = [new byte[64], [.. new byte[32], .. good[32..]], [.. good[..32], .. new byte[32]], good[..63], good[..^1], [.. good, 0], [0, .. good], der, new byte[1]];

        Assert.Equal(JwsFailure.None, Forge.Judge($"{input}.{Base64Url.EncodeToString(good)}"));
        Assert.All(bad, signature => Assert.Equal(JwsFailure.SignatureInvalid, Forge.Judge($"{input}.{Base64Url.EncodeToString(signature)}")));
    }

    [Fact, Trait("Spec", "RAS-13")]
    public void Each_flipped_bit_of_the_token_spoils_it()
    {
        var token = Forge.Token(Forge.Header, """{"iss":"a"}""");
        for (var at = 0; at < token.Length; at++)
        {
            var twin = token[at] is 'A' ? 'B' : 'A';
            Assert.NotEqual(JwsFailure.None, Forge.Judge($"{token[..at]}{twin}{token[(at + 1)..]}"));
        }
    }

    [Fact]
    public void An_RSA_key_whose_size_is_not_whole_bytes_verifies()
    {
        // 2049 bits; the platform makes no such key, other issuers do.
        const string jwk = """{"kty":"RSA","e":"AQAB","n":"mphQd-5qU5bw8mg95LtzGm5JZCjJDCPUsH7ydEnNRK_vYP9YEYONEKJg9z_jFVB9Su3uSTCR6u5SO8ZbaZ_nI1Cm5k8cjXJounmYqpBqny0qVe_5LczZbst2c3O7vE21y9iaDNiGTYs_mmaU6RBQlxsRZ7uE7ysDUh4XYSojCvxPMNEpnDc9iBaIm-OmJSXY027qFjXWGMQJfClCKL_Rb6jSK8DjhnAUwLV5GkortQLA9uwNb6aZ8EQNDPFWIFCKGnkLvavjOmGgRg1Vcq7-7yZGed0wWmyFJdLDLL85djU4cbpYWLlsOUpIPDWTkKSqvBh-ywkxG7zgzxxY67ONbw"}""";
        const string signature = "hU3jnJLS0e0y7JiceDCvHr6JsAc7RjQ3kgVfqTsQgjf4byzjm82pjMu0JwwX6k6cT7KbHpkucPKXDEUP_K3JDRjLdpyIBLDrib4ouvj2Q5_bBsMYF1r-J_RI0xJJmKMb_bzWjgydqPX4ENNdrS1eb6k_frgy2x6U5a1tD8YP7SyB5R0nHGum05wIPPE7X0W21_1PIhmPncIEhq4enwSQuavUcV9h6qWEFR9-5QXIqfL9ylAp-sRypVeNSc3VkWjpi2c0lFVbtBo2I4SebC8hkQmpDPf9fp7ztv4g8An-pBwgJOMy7E-poEpJTpxsM9RxPA52D5yjrjcZxb3rboyDdw";

        Assert.Equal(JwsFailure.None, Forge.Judge($"{Forge.Encode("""{"alg":"RS256"}""")}.{Forge.Encode("{}")}.{signature}", Forge.KeySet(jwk)));
    }
}
