using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Keys.Sealing;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.SignIn.Sessions;
using IdJagBroker.TokenExchange;
using IdJagBroker.Upstreams;
using Microsoft.Extensions.Options;

namespace IdJagBroker.SignIn.Grants;

/// <summary>Puts what is known of a person into the tokens that a client gets for their sign-in. Signs nothing.</summary>
internal sealed class SignInTokenFactory(Issuer issuer, SigningKeyRing keys, SealingKeyRing sealing, RefreshTokenKey refreshKey, IOptions<SignInOptions> options, TimeProvider clock)
{
    /// <summary>The scopes that mean something here; others are passed over (OpenID Connect Core §3.1.2.1).</summary>
    public static readonly ScopeSet Scopes = ScopeSet.Of("openid", "profile", "email", "offline_access");

    /// <summary>The key that ID Tokens are signed with: one that signs nothing else.</summary>
    /// <exception cref="SigningUnavailableException">There is none: nothing has been recorded.</exception>
    public ISigningKey Key => keys.For(KeyPurpose.IdToken, JwsAlgorithm.Find(options.Value.IdTokenAlgorithm)!);

    /// <summary>The claims, with the access token that they are tied to.</summary>
    /// <param name="grant">What the client was given.</param>
    /// <param name="nonce">What the authorization request brought; null for a refresh.</param>
    /// <param name="person">The person by our names.</param>
    /// <param name="subject">The same by the provider's word.</param>
    /// <param name="session">In which they are signed in.</param>
    /// <param name="keyThumbprint">The key that the access token is bound to, or null.</param>
    public SignInIdToken Create(SignInGrant grant, string? nonce, Person person, VerifiedSubject subject, SignInSession session, string? keyThumbprint)
    {
        var now = clock.GetUtcNow();
        var issuedAt = DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds());
        var expiresAt = issuedAt + options.Value.IdTokenLifetime;
        return new SignInIdToken
        {
            Issuer = issuer, Subject = person.Sub, Audience = grant.ClientId, IssuedAt = issuedAt, ExpiresAt = expiresAt, JwtId = JwtIds.Create(now), Sid = session.Sid,
            AuthTime = subject.AuthTime, Acr = subject.Acr, Amr = subject.Amr, Nonce = nonce,
            AccessToken = new SignInAccessToken(grant.Id, expiresAt, keyThumbprint).Seal(sealing),
            Name = grant.Scope.Contains("profile") ? subject.Name : null, Email = grant.Scope.Contains("email") ? subject.VerifiedEmail : null,
        };
    }

    /// <summary>The next refresh token of a grant.</summary>
    public RefreshToken NextRefreshToken(SignInGrant grant) => RefreshToken.Create(refreshKey.Value, grant.Id, grant.Generation + 1);

    /// <summary>Until when that can be used.</summary>
    public DateTimeOffset RefreshExpiresAt(SignInGrant grant) =>
        clock.GetUtcNow() + options.Value.RefreshIdle is var idle && idle < grant.ExpiresAt ? idle : grant.ExpiresAt;

    /// <summary>The answer.</summary>
    public SignInTokens Answer(SignInIdToken token, EncodedJwt signed, RefreshToken? refreshToken, SignInGrant grant, bool isKeyBound) =>
        new(signed, token.AccessToken, token.ExpiresAt - clock.GetUtcNow() is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero, refreshToken?.Text, grant.Scope, isKeyBound);
}

/// <summary>The server's key by which refresh tokens that were made here are told from those that were not.</summary>
internal sealed record RefreshTokenKey(byte[] Value)
{
    /// <summary>Never the key.</summary>
    public override string ToString() => "the key of refresh tokens";
}
