using System.Security.Cryptography;
using System.Buffers.Text;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.SignIn.Providers;

/// <summary>The assertion by which the broker proves itself at a provider (RFC 7523 §2.2, OpenID Connect Core §9): signed with a key that signs nothing else.</summary>
internal sealed class ProviderAssertion(SigningKeyRing keys, TimeProvider clock)
{
    /// <summary>What every provider reads.</summary>
    public static readonly JwsAlgorithm Algorithm = JwsAlgorithm.RS256;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    /// <exception cref="SigningUnavailableException">There is no key, or it did not sign.</exception>
    public async Task<EncodedJwt> CreateAsync(CatalogIdp idp, ProviderMetadata provider, CancellationToken ct)
    {
        var key = keys.For(KeyPurpose.ClientAssertion, Algorithm);
        var now = clock.GetUtcNow();
        // Okta and Entra take nothing but the address of their token endpoint. To others it is said to whom it goes, so that it opens no other door (rfc7523bis).
        var audience = idp.Kind is IdpKind.Okta or IdpKind.Entra ? provider.TokenEndpoint.OriginalString : provider.Issuer;
        var unsigned = UnsignedJws.Create(key, "JWT", (idp.SignIn!.ClientId, audience, now), static (claims, json) =>
        {
            json.WriteString("iss"u8, claims.ClientId);
            json.WriteString("sub"u8, claims.ClientId);
            json.WriteString("aud"u8, claims.audience);
            json.WriteString("jti"u8, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16)));
            json.WriteNumber("iat"u8, claims.now.ToUnixTimeSeconds());
            json.WriteNumber("exp"u8, (claims.now + Lifetime).ToUnixTimeSeconds());
        });
        return await unsigned.SignAsync(ct);
    }
}
