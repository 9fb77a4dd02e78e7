using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.SignIn.Grants;

/// <summary>An ID Token that this issuer made.</summary>
/// <param name="ClientId">For whom.</param>
/// <param name="Subject">Whom it is about, by our name.</param>
/// <param name="Sid">In which session.</param>
internal sealed record VerifiedIdToken(string ClientId, string Subject, string Sid);

/// <summary>Is this ID Token ours? By its key, which signs nothing else (SEC-28): an ID-JAG or an access token of ours is none (IDP-37).</summary>
internal sealed class OwnIdTokens(Issuer issuer, SigningKeyRing keys, TimeProvider clock)
{
    private const int MaxRemembered = 20_000;

    private static readonly JwsAlgorithm[] Algorithms = [JwsAlgorithm.RS256, JwsAlgorithm.ES256];
    private readonly VerifiedSignatures _verified = new(MaxRemembered);

    /// <summary>Whether it says that it is ours.</summary>
    public bool IsNamed(CompactJws jws) => jws.Claims.Is("iss"u8, issuer.Value);

    /// <summary>The token, or null with what is wrong.</summary>
    /// <param name="jws">Parsed.</param>
    /// <param name="mayBeOver">Whether an expired one will do: to sign out, it says enough (RP-Initiated Logout §2).</param>
    /// <param name="fault">For the log.</param>
    public VerifiedIdToken? Verify(CompactJws jws, bool mayBeOver, out string? fault)
    {
        fault = null;
        if (!IsNamed(jws)) fault = "iss is another's";
        else if (JwtType.IsOfAnotherKind(jws.Header.Type)) fault = "typ is another kind of token's";
        else if (JwsVerifier.Verify(jws, keys.PublishedFor(KeyPurpose.IdToken), Algorithms, _verified, out _) is var failure and not JwsFailure.None) fault = failure.ToString();
        else if (JwtTimes.Check(jws.Claims, clock.GetUtcNow(), out _) is { } time && !(mayBeOver && time is "expired")) fault = time;
        if (fault is not null) return null;
        if (jws.Claims.GetString("aud"u8, 2048, out var audience) is ClaimState.Present && jws.Claims.GetString("sub"u8, 255, out var subject) is ClaimState.Present
            && jws.Claims.GetString("sid"u8, 64, out var sid) is ClaimState.Present) return new VerifiedIdToken(audience!, subject!, sid!);
        fault = "aud, sub or sid is missing";
        return null;
    }
}
