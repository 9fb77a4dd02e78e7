using IdJagBroker.Protocol.Jws;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Xunit;
using JsonWebKeySet = IdJagBroker.Protocol.Jws.JsonWebKeySet;
using MicrosoftKey = Microsoft.IdentityModel.Tokens.JsonWebKey;

namespace IdJagBroker.Protocol.Tests.Jws;

/// <summary>
/// Our judgement of an ID Token beside that of Microsoft.IdentityModel.JsonWebTokens 6.8.0, over mutated tokens: a second opinion
/// written by others. We may refuse what it accepts; that is what we are for. The reasons for which we may accept what it refuses
/// would be listed here: there are none. The changes are the same in every run, but ECDSA signatures are random.
/// </summary>
public sealed class DifferentialTests
{
    private const int Seed = 20_261_121;
    private const int Tokens = 24_000;

    private static readonly JsonWebKeySet OurKeys = Forge.KeySet(Forge.EcJwk("k1"), Forge.RsaJwk("r1"));
    private static readonly JsonWebTokenHandler Oracle = new() { MaximumTokenSizeInBytes = 16 * 1024 };
    private static readonly TokenValidationParameters OraclesRules = new()
    {
        ValidIssuer = TokenMutator.Issuer,
        ValidAudience = TokenMutator.Audience,
        IssuerSigningKeys = [new MicrosoftKey(Forge.EcJwk("k1")), new MicrosoftKey(Forge.RsaJwk("r1"))],
        ValidAlgorithms = ["ES256", "RS256"],
        ClockSkew = JwtTimes.Skew,
    };

    [Fact]
    [Trait("Spec", "SEC-02"), Trait("Spec", "SEC-08"), Trait("Spec", "IDP-29"), Trait("Spec", "RAS-13")]
    public void We_never_accept_what_the_oracle_refuses()
    {
        var mutator = new TokenMutator(Seed);
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < Tokens; i++)
        {
            var token = mutator.Next();
            var (ours, theirs) = (Accepts(token), OracleAccepts(token));
            Assert.False(ours && !theirs, $"token {i}, {mutator.Last}: {token}");
            var what = (ours, theirs) switch { (true, _) => "both accept", (_, true) => "only the oracle accepts", _ => "both refuse" };
            counts[what] = counts.GetValueOrDefault(what) + 1;
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{Tokens} tokens, seed {Seed}: {string.Join("; ", counts.Select(c => $"{c.Key} {c.Value}"))}");
        // The comparison is worth something only while all three happen, and often.
        Assert.All(["both accept", "both refuse", "only the oracle accepts"], what => Assert.True(counts.GetValueOrDefault(what) > Tokens / 50, what));
    }

    private static bool Accepts(string token)
    {
        if (!CompactJws.TryParse(token, 16 * 1024, out var jws, out _)) return false;
        using (jws)
        {
            var claims = jws.Claims;
            return JwsVerifier.Verify(jws, OurKeys, [JwsAlgorithm.ES256, JwsAlgorithm.RS256], out _) is JwsFailure.None
                && claims.GetString("iss"u8, 2048, out var issuer) is ClaimState.Present && issuer == TokenMutator.Issuer
                && claims.GetString("sub"u8, 255, out _) is ClaimState.Present
                && claims.GetStrings("aud"u8, 8, out var audience) is ClaimState.Present && audience.Contains(TokenMutator.Audience)
                && JwtTimes.Check(claims, TimeProvider.System.GetUtcNow(), out _) is null;
        }
    }

    private static bool OracleAccepts(string token)
    {
        try
        {
            return Oracle.ValidateToken(token, OraclesRules).IsValid;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return false;                                   // it throws on some of them, which is a refusal
        }
    }
}
