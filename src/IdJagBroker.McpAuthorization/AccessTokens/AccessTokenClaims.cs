using System.Text.Json;

namespace IdJagBroker.McpAuthorization.AccessTokens;

/// <summary>What an access token says, in a JWT (RFC 9068 §2.2) and to whoever may ask about it (RFC 7662 §2.2) in the same words.</summary>
internal static class AccessTokenClaims
{
    /// <summary>Writes it as members of an object that is already begun.</summary>
    public static void Write(Utf8JsonWriter json, string issuer, AccessTokenRecord token)
    {
        json.WriteString("iss"u8, issuer);
        json.WriteString("sub"u8, token.Subject);
        json.WriteString("aud"u8, token.Resource);
        json.WriteString("client_id"u8, token.ClientId);
        json.WriteNumber("iat"u8, token.IssuedAt.ToUnixTimeSeconds());
        json.WriteNumber("exp"u8, token.ExpiresAt.ToUnixTimeSeconds());
        json.WriteString("jti"u8, token.JwtId);
        if (!token.Scope.IsEmpty) json.WriteString("scope"u8, token.Scope.ToString());
        WriteAuthentication(json, token);
        CarriedClaims.Write(token.Claims, json);
        if (token.KeyThumbprint is not { } thumbprint) return;
        json.WriteStartObject("cnf"u8);                                    // AT-10
        json.WriteString("jkt"u8, thumbprint);
        json.WriteEndObject();
    }

    // AT-08: how the person signed in, as the ID-JAG tells it, so that the MCP server can ask for more
    private static void WriteAuthentication(Utf8JsonWriter json, AccessTokenRecord token)
    {
        if (token.AuthTime is { } at) json.WriteNumber("auth_time"u8, at.ToUnixTimeSeconds());
        if (token.Acr is not null) json.WriteString("acr"u8, token.Acr);
        if (token.Amr.Count is 0) return;
        json.WriteStartArray("amr"u8);
        foreach (var method in token.Amr) json.WriteStringValue(method);
        json.WriteEndArray();
    }
}
