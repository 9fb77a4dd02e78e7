using Xunit;

namespace IdJagBroker.Protocol.Tests;

public sealed class PkceTests
{
    // RFC 7636, appendix B.
    private const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    private const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    [Fact]
    public void The_known_answer_of_the_specification()
    {
        Assert.Equal(Challenge, Pkce.ChallengeOf(Verifier));
        Assert.True(Pkce.Verify(Verifier, Challenge));
    }

    [Theory]
    [InlineData("eBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", Challenge)]
    [InlineData(Verifier, "F9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")]
    [InlineData(Verifier, "e9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")]
    [InlineData(Verifier, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c")]
    [InlineData(Verifier, "")]
    [InlineData(Verifier, Verifier)]                        // as the method plain would have it
    public void Another_verifier_or_another_challenge_does_not_do(string verifier, string challenge) => Assert.False(Pkce.Verify(verifier, challenge));

    [Theory]
    [InlineData(42, false), InlineData(43, true), InlineData(128, true), InlineData(129, false)]
    public void A_verifier_has_43_to_128_characters(int length, bool isOne)
    {
        var verifier = new string('a', length);

        Assert.Equal(isOne, Pkce.IsVerifier(verifier));
        // What is no verifier proves nothing, even if the challenge was made of it.
        Assert.Equal(isOne, Pkce.Verify(verifier, Pkce.ChallengeOf(verifier)));
    }

    [Theory]
    [InlineData('-', true), InlineData('.', true), InlineData('_', true), InlineData('~', true), InlineData('Z', true), InlineData('9', true)]
    [InlineData('+', false), InlineData('/', false), InlineData('=', false), InlineData(' ', false), InlineData('%', false), InlineData('\u00fc', false), InlineData('\0', false)]
    public void A_verifier_is_of_unreserved_characters(char c, bool isOne) => Assert.Equal(isOne, Pkce.IsVerifier(Verifier[1..] + c));

    [Theory]
    [InlineData(Challenge, true)]
    [InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c", false)]
    [InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cMA", false)]
    [InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c=", false)]
    [InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", false)]
    [InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw/cM", false)]
    [InlineData("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw cM", false)]
    [InlineData("", false)]
    public void A_challenge_is_32_bytes_in_base64url(string challenge, bool isOne) => Assert.Equal(isOne, Pkce.IsChallenge(challenge));

    [Fact]
    public void Each_new_verifier_is_one_and_another()
    {
        var made = Enumerable.Range(0, 50).Select(_ => Pkce.NewVerifier()).ToList();

        Assert.All(made, verifier => Assert.True(Pkce.IsVerifier(verifier) && Pkce.IsChallenge(Pkce.ChallengeOf(verifier))));
        Assert.Equal(made.Count, made.Distinct(StringComparer.Ordinal).Count());
    }
}
