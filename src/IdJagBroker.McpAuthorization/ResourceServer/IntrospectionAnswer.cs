using System.Text.Json;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>
/// Reads what an authorization server says of a token (RFC 7662 §2.2). Besides <c>active</c>, an MCP server has to know whose token it is and that it is for itself: an
/// answer without <c>sub</c>, <c>client_id</c> or <c>aud</c> lets nobody in.
/// </summary>
internal static class IntrospectionAnswer
{
    private static readonly JsonDocumentOptions Strictly = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    /// <summary>The token, or null if it is not active here and now.</summary>
    /// <exception cref="AccessTokenStatusUnavailableException">It is not an answer.</exception>
    public static VerifiedAccessToken? Read(byte[] json, string authorizationServer, string resource, DateTimeOffset now)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Strictly);
            if (document.RootElement.ValueKind is not JsonValueKind.Object) throw new JsonException("not an object");
            var answer = new JwtClaims(document.RootElement);
            if (answer.GetBoolean("active"u8, out var active) is not ClaimState.Present) throw new JsonException("active is missing or malformed");
            return active ? Read(answer, authorizationServer, resource, now) : null;
        }
        catch (JsonException e)
        {
            throw new AccessTokenStatusUnavailableException("not an introspection response", e);
        }
    }

    private static VerifiedAccessToken? Read(JwtClaims answer, string authorizationServer, string resource, DateTimeOffset now)
    {
        if (answer.GetString("iss"u8, 2048, out var issuer) is not ClaimState.Absent && issuer != authorizationServer) return null;
        if (!answer.Contains("aud"u8, 16, resource)) return null;
        if (answer.GetString("sub"u8, 255, out var subject) is not ClaimState.Present) return null;
        if (answer.GetString("client_id"u8, 2048, out var clientId) is not ClaimState.Present) return null;
        if (answer.GetString("jti"u8, 255, out var jwtId) is ClaimState.Malformed) return null;
        // Optional in RFC 7662, and believed where they are there.
        if (answer.GetDate("exp"u8, out var expires) is var ends && (ends is ClaimState.Malformed || (ends is ClaimState.Present && now >= expires))) return null;
        if (answer.GetDate("nbf"u8, out var notBefore) is var begins && (begins is ClaimState.Malformed || (begins is ClaimState.Present && notBefore > now + JwtTimes.Skew))) return null;
        if (answer.GetString("scope"u8, ScopeSet.MaxChars, out var text) is ClaimState.Malformed || !ScopeSet.TryParse(text, out var scope)) return null;
        if (answer.GetString("acr"u8, 255, out var acr) is ClaimState.Malformed) return null;
        var authTime = answer.GetDate("auth_time"u8, out var at);
        if (authTime is ClaimState.Malformed) return null;
        return new VerifiedAccessToken(authorizationServer, subject!, clientId!, jwtId ?? "", scope)
        {
            Binding = KeyConfirmation.Of(answer), Acr = acr, AuthTime = authTime is ClaimState.Present ? at : null,
        };
    }
}
