using System.Text.Json;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.TokenExchange.AdminAccess;

/// <summary>The claims of an access token for the admin API (RFC 9068 §2.2).</summary>
/// <param name="Issuer"><c>iss</c>: the broker.</param>
/// <param name="ClientId"><c>client_id</c>, and <c>sub</c>: there is no other person behind it.</param>
/// <param name="Scope"><c>scope</c>: what it is good for.</param>
/// <param name="IssuedAt"><c>iat</c>, whole seconds.</param>
/// <param name="ExpiresAt"><c>exp</c>, whole seconds.</param>
/// <param name="JwtId"><c>jti</c>: the session, as the log knows it.</param>
internal sealed record AdminAccessToken(
    Issuer Issuer, string ClientId, ScopeSet Scope, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt, string JwtId)
{
    /// <summary>The longest one read, in characters.</summary>
    public const int MaxChars = 4 * 1024;

    /// <summary>The one algorithm.</summary>
    public static JwsAlgorithm Algorithm => JwsAlgorithm.ES256;

    /// <summary>What the admin API of an issuer is called (<c>aud</c>, RFC 8707).</summary>
    public static string AudienceOf(Issuer issuer) => issuer.Value.TrimEnd('/') + "/admin";

    /// <summary>The token, complete but for its signature.</summary>
    public UnsignedJws ToJws(ISigningKey key) => UnsignedJws.Create(key, JwtType.AccessToken, this, static (token, json) => token.WriteTo(json));

    private void WriteTo(Utf8JsonWriter json)
    {
        json.WriteString("iss"u8, Issuer.Value);
        json.WriteString("sub"u8, ClientId);
        json.WriteString("aud"u8, AudienceOf(Issuer));
        json.WriteString("client_id"u8, ClientId);
        json.WriteString("scope"u8, Scope.ToString());
        json.WriteNumber("iat"u8, IssuedAt.ToUnixTimeSeconds());
        json.WriteNumber("exp"u8, ExpiresAt.ToUnixTimeSeconds());
        json.WriteString("jti"u8, JwtId);
    }
}
