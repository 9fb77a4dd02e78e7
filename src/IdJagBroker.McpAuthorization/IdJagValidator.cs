using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IdJagBroker.McpAuthorization.AccessTokens;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization;

/// <summary>Is this ID-JAG genuine, for us, now, and for this client? (ID-JAG §4.4.1, RFC 7523 §3). No side effect but key fetches.</summary>
internal sealed class IdJagValidator(IOptions<IdJagAuthorizationServerOptions> options, TrustedIdps idps, IssuerSwitchRule switches, TimeProvider clock)
{
    /// <summary>Checks in the catalogue's order, header to tenant; everything wrong is <c>invalid_grant</c> (RAS-07).</summary>
    /// <param name="assertion">What came.</param>
    /// <param name="client">From whom.</param>
    /// <param name="onGenuine">Told as soon as signature and audience are found good, which is before the rest is looked at.</param>
    /// <param name="ct">Ends the waiting.</param>
    /// <exception cref="IssuerKeysUnavailableException">The issuer's keys cannot be had.</exception>
    public async Task<OAuthResult<ValidatedIdJag>> ValidateAsync(EncodedJwt assertion, AuthenticatedClient client, Action<GenuineIdJag> onGenuine, CancellationToken ct)
    {
        if (!CompactJws.TryParse(assertion, IdJag.MaxChars, out var jws, out var failure)) return BadIdJag.Malformed(failure.ToString());
        using (jws)
        {
            if (!JwtType.Is(jws.Header.Type, JwtType.IdJag)) return BadIdJag.NotAnIdJag();      // C-25: no other profile is tried
            var trust = FindIssuer(jws.Claims);
            if (trust.IsRefused(out var idp, out var refusal)) return refusal;
            if (await switches.TryPassAsync(idp.Trust, ct) is { } off) return off;

            (failure, var key) = await idp.Keys.VerifyAsync(jws, idp.Trust.Algorithms, ct);
            if (failure is not JwsFailure.None) return BadIdJag.BadSignature(failure.ToString());
            // AT-13: a key of ours vouches for our tokens, not for people, whoever else publishes it.
            if (IsOwn(key!)) return BadIdJag.BadSignature("the key is our own");

            return CheckClaims(jws.Claims, idp, client, onGenuine);
        }
    }

    private bool IsOwn(JsonWebKey key)
    {
        var own = options.Value.SigningKey is { } signing ? options.Value.PublishedKeys.Append(signing.PublicKey) : options.Value.PublishedKeys;
        foreach (var one in own)                                              // SEC-24: the rule has no exceptions to argue about
            if (CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(key.Thumbprint.AsSpan()), MemoryMarshal.AsBytes(one.Thumbprint.AsSpan()))) return true;
        return false;
    }

    private OAuthResult<TrustedIdp> FindIssuer(JwtClaims claims)
    {
        if (claims.GetString("iss"u8, 2048, out var issuer) is not ClaimState.Present) return BadIdJag.BadClaims("iss is missing or malformed");
        // C-24: our own issuer is never in the table; a start that lists it fails.
        return idps.Find(issuer!) is { } idp ? idp : BadIdJag.UntrustedIssuer();
    }

    // RAS-30: what is not on the list is not even read.
    private static Dictionary<string, JsonElement> ProfileIn(JwtClaims claims, TrustedIssuer trust)
    {
        var profile = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var name in trust.Subjects?.ProvisionedClaims ?? [])
            if (claims.GetJson(Encoding.UTF8.GetBytes(name)) is { } json) profile[name] = JsonElement.Parse(json);
        return profile;
    }

    private OAuthResult<ValidatedIdJag> CheckClaims(JwtClaims claims, TrustedIdp idp, AuthenticatedClient client, Action<GenuineIdJag> onGenuine)
    {
        if (claims.GetDate("iat"u8, out var issuedAt) is not ClaimState.Present
            || claims.GetDate("exp"u8, out var expiresAt) is not ClaimState.Present)
            return BadIdJag.BadClaims("iat or exp is missing or malformed");
        if (!IdJag.TryRead(claims, new JwtTimes(issuedAt, expiresAt), out var idJag, out var fault)) return BadIdJag.BadClaims(fault);
        if (!string.Equals(idJag.Audience, options.Value.Issuer, StringComparison.Ordinal)) return BadIdJag.WrongAudience();
        onGenuine(new GenuineIdJag(idJag, idp.Trust));

        if (JwtTimes.Check(claims, clock.GetUtcNow(), out var times) is { } badTime) return BadIdJag.BadTime(badTime);
        if (times.Lifetime > (idp.Trust.MaxLifetime ?? options.Value.MaxIdJagLifetime)) return BadIdJag.BadTime("lives too long");

        if (!string.Equals(idJag.ClientId, client.ClientId, StringComparison.Ordinal) || !idp.MaySpeakFor(client.ClientId))
            return BadIdJag.WrongClient();
        if (!idp.Admits(client)) return OAuthError.UnauthorizedClient("public clients are not allowed").Because("PUBLIC_CLIENT");      // RAS-05
        if (!idp.Covers(idJag) || !idp.IsInTenantOf(client)) return BadIdJag.WrongTenant();
        if (claims.Has("authorization_details"u8))                                              // not spoken here: refused, not ignored
            return OAuthError.InvalidAuthorizationDetails("authorization_details are not supported").Because("RAR_OFF");
        return new ValidatedIdJag(idJag, idp.Trust, client) { Profile = ProfileIn(claims, idp.Trust), Carried = CarriedClaims.In(claims, idp.Trust) };
    }
}
