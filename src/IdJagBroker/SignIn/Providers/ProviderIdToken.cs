using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.SignIn.Sessions;
using IdJagBroker.Upstreams;

namespace IdJagBroker.SignIn.Providers;

/// <summary>What a provider's ID Token says, verified.</summary>
/// <param name="Subject">The person.</param>
/// <param name="Facts">What is kept of it.</param>
/// <param name="IssuedAt">When it was made.</param>
/// <param name="UpstreamSid">What the provider calls its session, or null.</param>
internal sealed record ProvenSignIn(VerifiedSubject Subject, SessionFacts Facts, DateTimeOffset IssuedAt, string? UpstreamSid);

/// <summary>Verifies the ID Token that a provider gave for the broker's own code or refresh token (OpenID Connect Core §3.1.3.7, §12.2).</summary>
internal sealed class ProviderIdToken(UpstreamTokenVerifier verifier)
{
    private const int MaxSidChars = 512;

    /// <summary>Refuses with <c>invalid_grant</c>; who asked the provider hears nothing of why.</summary>
    /// <param name="idp">Which provider was asked.</param>
    /// <param name="answer">What it gave, with an ID Token.</param>
    /// <param name="nonce">What it must repeat; null for a refresh, where none was sent.</param>
    /// <param name="snapshot">The policy in force.</param>
    /// <param name="ct">Ends the waiting for keys.</param>
    /// <exception cref="UpstreamUnavailableException">The provider's keys cannot be had.</exception>
    public async ValueTask<OAuthResult<ProvenSignIn>> VerifyAsync(CatalogIdp idp, ProviderAnswer answer, string? nonce, PolicySnapshot snapshot, CancellationToken ct)
    {
        if (!CompactJws.TryParse(answer.IdToken!.Value, SubjectTokenValidator.MaxChars, out var jws, out var failure)) return UpstreamTokenVerifier.Refuse(failure.ToString());
        using (jws)
        {
            if (JwtType.IsOfAnotherKind(jws.Header.Type)) return UpstreamTokenVerifier.Refuse("typ is another kind of token's");
            if (jws.Claims.GetString("iss"u8, 2048, out var iss) is not ClaimState.Present) return UpstreamTokenVerifier.Refuse("iss is missing or malformed");
            // Of this very provider: what another one signed is not what was asked for (RFC 9700 §4.4).
            if (snapshot.Catalog.FindIssuer(iss!) is not var (upstream, issuer) || upstream.Alias != idp.Alias) return UpstreamTokenVerifier.Refuse("iss is not one of this provider's");
            if (nonce is not null && !IsNonce(jws.Claims, nonce)) return UpstreamTokenVerifier.Refuse("nonce is not the one that was sent");
            var verification = await verifier.VerifyAsync(jws, idp, issuer, FrozenSet.Create(StringComparer.Ordinal, idp.SignIn!.ClientId), snapshot, ct);
            if (verification.IsRefused(out var subject, out var refusal)) return refusal;
            jws.Claims.GetDate("iat"u8, out var issuedAt);
            var sid = jws.Claims.GetString("sid"u8, MaxSidChars, out var named) is ClaimState.Present ? named : null;
            return new ProvenSignIn(subject, new SessionFacts(iss!, jws.Claims.ToJson(), answer.RefreshToken), issuedAt, sid);
        }
    }

    private static bool IsNonce(JwtClaims claims, string nonce) =>
        claims.GetString("nonce"u8, AuthorizationRequest.MaxOpaqueChars, out var came) is ClaimState.Present
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(came!), Encoding.UTF8.GetBytes(nonce));
}
