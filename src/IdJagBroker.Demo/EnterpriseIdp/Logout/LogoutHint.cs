using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Demo.EnterpriseIdp.Logout;

/// <summary>An ID Token of this provider, expired or not, as a sign of who is meant.</summary>
internal sealed record LogoutHint(IdpClient Client, string Subject, string SessionId)
{
    private const int MaxChars = 16_384;

    /// <summary>Null if the token is not one that this provider gave to one of its clients.</summary>
    public static LogoutHint? Read(string token, IdpOptions options, IdpIssuers issuers, IdpKeys keys)
    {
        if (!CompactJws.TryParse(token, MaxChars, out var jws, out _)) return null;
        using (jws)
        {
            if (JwtType.IsOfAnotherKind(jws.Header.Type) || JwsVerifier.Verify(jws, keys.Published, [options.Algorithm], out _) is not JwsFailure.None) return null;
            var claims = jws.Claims;
            if (claims.GetString("aud"u8, 256, out var audience) is not ClaimState.Present || claims.GetString("sub"u8, 256, out var subject) is not ClaimState.Present
                || claims.GetString("sid"u8, 256, out var sessionId) is not ClaimState.Present) return null;
            var client = options.Clients.FirstOrDefault(client => client.ClientId == audience);
            return client is not null && claims.Is("iss"u8, issuers.For(client)) ? new LogoutHint(client, subject!, sessionId!) : null;
        }
    }
}
