using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Upstreams.Profiles;

namespace IdJagBroker.Upstreams;

/// <summary>
/// Is this ID Token an upstream's, current, about somebody, and for whom it is said to be? (OpenID Connect Core §3.1.3.7.) The same whether a client brings it or the
/// upstream itself. Nobody but the log hears which check failed.
/// </summary>
internal sealed class UpstreamTokenVerifier(UpstreamDirectory upstreams, TimeProvider clock)
{
    /// <summary>Under which the log files a token that does not stand.</summary>
    public const string Reason = "REQ_SUBJECT_TOKEN";

    private const int MaxRemembered = 20_000;

    private readonly VerifiedSignatures _verified = new(MaxRemembered);

    /// <summary>Refuses with <c>invalid_grant</c>.</summary>
    /// <param name="jws">Parsed; its <c>iss</c> is <paramref name="issuer"/>.</param>
    /// <param name="upstream">Whose issuer that is.</param>
    /// <param name="issuer">The issuer.</param>
    /// <param name="audiences">What <c>aud</c> may name, and nothing else.</param>
    /// <param name="snapshot">The policy in force.</param>
    /// <param name="ct">Ends the waiting for keys.</param>
    /// <exception cref="UpstreamUnavailableException">The upstream's keys cannot be had.</exception>
    public async ValueTask<OAuthResult<VerifiedSubject>> VerifyAsync(
        CompactJws jws, CatalogIdp upstream, CatalogIssuer issuer, IReadOnlySet<string> audiences, PolicySnapshot snapshot, CancellationToken ct)
    {
        var profile = UpstreamProfiles.Of(upstream.Kind);
        var keys = await upstreams.KeysOf(upstream, issuer).GetAsync(jws.Header.KeyId, ct);
        var failure = JwsVerifier.Verify(jws, profile.KeysOf(keys, issuer), upstream.Algorithms, _verified, out _);
        if (failure is not JwsFailure.None) return Refuse(failure.ToString());                                     // IDP-29
        if (profile.Check(jws.Claims, upstream, issuer) is { } fault) return Refuse(fault);
        if (JwtTimes.Check(jws.Claims, clock.GetUtcNow(), out var times) is { } wrongTime) return Refuse(wrongTime);  // IDP-33
        return SubjectClaims.Read(jws.Claims, upstream, issuer, snapshot, audiences, times.IssuedAt, clock.GetUtcNow());
    }

    /// <summary>The refusal of a token that does not stand.</summary>
    public static OAuthError Refuse(string detail) => OAuthError.InvalidGrant("the subject token is not acceptable").Because(Reason, detail);
}
