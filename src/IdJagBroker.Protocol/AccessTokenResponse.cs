using System.Text.Json;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Protocol;

/// <summary>The answer that brings an access token (RFC 6749 §5.1; to a redeemed ID-JAG, ID-JAG §4.4.2). There is no refresh token (RAS-43).</summary>
/// <param name="AccessToken">The access token.</param>
/// <param name="ExpiresIn">How long it lives; on the wire whole seconds, rounded down.</param>
/// <param name="Scope">What was granted.</param>
/// <param name="Resource">The one server that it is for.</param>
public sealed record AccessTokenResponse(EncodedJwt AccessToken, TimeSpan ExpiresIn, ScopeSet Scope, string Resource)
{
    /// <summary>Whether the token is bound to a key, and worthless without DPoP proofs by it: <c>token_type</c> is then <c>DPoP</c> (RFC 9449 §5).</summary>
    public bool IsKeyBound { get; init; }

    /// <summary>Writes the JSON body.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("access_token"u8, AccessToken.Utf8.Span);
        json.WriteString("token_type"u8, IsKeyBound ? "DPoP"u8 : "Bearer"u8);
        json.WriteNumber("expires_in"u8, (long)ExpiresIn.TotalSeconds);
        if (!Scope.IsEmpty) json.WriteString("scope"u8, Scope.ToString());
        json.WriteString("resource"u8, Resource);
        json.WriteEndObject();
    }
}
