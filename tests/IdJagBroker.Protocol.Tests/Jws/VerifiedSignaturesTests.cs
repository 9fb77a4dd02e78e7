using IdJagBroker.Protocol.Jws;
using Xunit;

namespace IdJagBroker.Protocol.Tests.Jws;

/// <summary>What is remembered of a verified token, and what is not. A key that is disposed of shows whether it was asked.</summary>
public sealed class VerifiedSignaturesTests
{
    private const string Header = """{"alg":"RS256","kid":"r"}""";

    private readonly VerifiedSignatures _verified = new(capacity: 4);
    private readonly JsonWebKeySet _keys = Forge.KeySet(Forge.RsaJwk("r"));

    [Fact, Trait("Spec", "IDP-29")]
    public void A_token_that_verified_is_not_verified_again_by_the_same_key()
    {
        var token = Forge.SignRsa(Header, "{}");
        Assert.Equal(JwsFailure.None, Judge(token));
        _keys.Keys[0].Discard();

        Assert.Equal(JwsFailure.None, Judge(token));
        Assert.Throws<ObjectDisposedException>(() => Judge(Forge.SignRsa(Header, """{"another":1}""")));
    }

    [Fact, Trait("Spec", "IDP-29")]
    public void Another_signature_over_the_same_claims_is_another_token()
    {
        var token = Forge.SignRsa(Header, "{}");
        Assert.Equal(JwsFailure.None, Judge(token));

        var signature = token.LastIndexOf('.') + 1;
        Assert.Equal(JwsFailure.SignatureInvalid, Judge(token[..signature] + (token[signature] is 'A' ? 'B' : 'A') + token[(signature + 1)..]));
        Assert.Equal(JwsFailure.SignatureInvalid, Judge(token[..signature] + Forge.SignRsa(Header, """{"another":1}""").Split('.')[2]));
    }

    [Fact, Trait("Spec", "IDP-29")]
    public void What_one_key_verified_counts_for_no_other()
    {
        var token = Forge.SignRsa(Header, "{}");
        Assert.Equal(JwsFailure.None, Judge(token));

        Assert.Equal(JwsFailure.KeyNotFound, Judge(token, Forge.KeySet(Forge.EcJwk("k1"))));
        using var other = System.Security.Cryptography.RSA.Create(2048);
        Assert.Equal(JwsFailure.SignatureInvalid, Judge(token, Forge.KeySet(Forge.RsaJwk("r", key: other))));
        Assert.Equal(JwsFailure.None, Judge(token, Forge.KeySet(Forge.RsaJwk("r"))));       // fetched anew: asked anew, and right
    }

    [Fact, Trait("Spec", "SEC-02")]
    public void An_algorithm_that_is_no_longer_allowed_is_refused_all_the_same()
    {
        var token = Forge.SignRsa(Header, "{}");
        Assert.Equal(JwsFailure.None, Judge(token));

        Assert.Equal(JwsFailure.AlgorithmNotAllowed, Judge(token, _keys, JwsAlgorithm.PS256));
    }

    [Fact]
    public void A_refused_token_is_not_remembered_and_the_oldest_are_forgotten()
    {
        var token = Forge.SignRsa(Header, "{}");
        Assert.Equal(JwsFailure.SignatureInvalid, Judge(token[..^4] + "AAAA"));
        Assert.Equal(JwsFailure.SignatureInvalid, Judge(token[..^4] + "AAAA"));
        Assert.Equal(JwsFailure.None, Judge(token));
        for (var i = 0; i < 4; i++) Assert.Equal(JwsFailure.None, Judge(Forge.SignRsa(Header, $$"""{"n":{{i}}}""")));
        _keys.Keys[0].Discard();

        Assert.Throws<ObjectDisposedException>(() => Judge(token));
    }

    private JwsFailure Judge(string token, JsonWebKeySet? keys = null, params IReadOnlyList<JwsAlgorithm> allowed)
    {
        Assert.True(CompactJws.TryParse(token, 16 * 1024, out var jws, out _));
        using (jws) return JwsVerifier.Verify(jws, keys ?? _keys, allowed.Count is 0 ? JwsAlgorithm.All : allowed, _verified, out _);
    }
}
