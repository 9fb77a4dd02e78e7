using System.Text.Json;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.SignIn.Grants;

/// <summary>The answer to a code or a refresh token (OpenID Connect Core §3.1.3.3, §12.2).</summary>
/// <param name="IdToken">What the client exchanges for ID-JAGs.</param>
/// <param name="AccessToken">For the userinfo endpoint.</param>
/// <param name="ExpiresIn">How long both live; on the wire whole seconds, rounded down.</param>
/// <param name="RefreshToken">Null if the client gets none.</param>
/// <param name="Scope">What was granted.</param>
/// <param name="IsKeyBound">Whether the access token needs DPoP proofs.</param>
internal sealed record SignInTokens(EncodedJwt IdToken, string AccessToken, TimeSpan ExpiresIn, string? RefreshToken, ScopeSet Scope, bool IsKeyBound)
{
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("access_token"u8, AccessToken);
        json.WriteString("token_type"u8, IsKeyBound ? "DPoP"u8 : "Bearer"u8);
        json.WriteNumber("expires_in"u8, (long)ExpiresIn.TotalSeconds);
        if (RefreshToken is not null) json.WriteString("refresh_token"u8, RefreshToken);
        json.WriteString("id_token"u8, IdToken.Utf8.Span);
        json.WriteString("scope"u8, Scope.ToString());
        json.WriteEndObject();
    }

    /// <summary>Never a token.</summary>
    public override string ToString() => $"tokens for {Scope}";
}
