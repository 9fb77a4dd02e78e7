using System.Text.Json;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Protocol;

/// <summary>The answer to a token exchange (ID-JAG §4.3.4, RFC 8693 §2.2.1).</summary>
/// <param name="AccessToken">The ID-JAG; the member's name is RFC 8693's, it is no access token.</param>
/// <param name="ExpiresIn">How long it still lives; on the wire whole seconds, rounded down.</param>
/// <param name="Scope">What was granted; always stated when there is any (IDP-57).</param>
/// <param name="Resources">The granted resources, registered spelling (IDP-59).</param>
public sealed record TokenExchangeResponse(EncodedJwt AccessToken, TimeSpan ExpiresIn, ScopeSet Scope, IReadOnlyList<string> Resources)
{
    /// <summary>Writes the JSON body.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("issued_token_type"u8, TokenType.IdJag);
        json.WriteString("access_token"u8, AccessToken.Utf8.Span);
        json.WriteString("token_type"u8, TokenType.NotApplicable);
        json.WriteNumber("expires_in"u8, (long)ExpiresIn.TotalSeconds);
        if (!Scope.IsEmpty) json.WriteString("scope"u8, Scope.ToString());
        ProtocolJson.WriteOneOrMany(json, "resource"u8, Resources);
        json.WriteEndObject();
    }
}
