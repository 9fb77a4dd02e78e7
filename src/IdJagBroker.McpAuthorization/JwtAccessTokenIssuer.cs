using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization;

/// <summary>Signs JWT access tokens (RFC 9068 §2). They carry what the MCP server needs and nothing about the person (AT-12).</summary>
internal sealed class JwtAccessTokenIssuer(IOptions<IdJagAuthorizationServerOptions> options, TimeProvider clock) : IAccessTokenIssuer
{
    /// <inheritdoc/>
    public async ValueTask<IssuedAccessToken> IssueAsync(AccessTokenGrant grant, CancellationToken ct)
    {
        var lifetime = TimeSpan.FromSeconds(Math.Floor(options.Value.AccessTokenLifetime.TotalSeconds));
        var claims = new Claims(options.Value.Issuer, grant, clock.GetUtcNow(), lifetime, NewJwtId());
        var jws = UnsignedJws.Create(options.Value.SigningKey!, JwtType.AccessToken, claims, Write);
        return new IssuedAccessToken(await jws.SignAsync(ct), claims.JwtId, lifetime) { KeyThumbprint = grant.KeyThumbprint };
    }

    private static string NewJwtId() => "at-" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));

    private static void Write(Claims claims, Utf8JsonWriter json)
    {
        var (idJag, now) = (claims.Grant.IdJag.Claims, claims.IssuedAt.ToUnixTimeSeconds());
        json.WriteString("iss"u8, claims.Issuer);
        json.WriteString("sub"u8, claims.Grant.Subject);
        json.WriteString("aud"u8, claims.Grant.Resource);
        json.WriteString("client_id"u8, claims.Grant.IdJag.Client.ClientId);
        json.WriteNumber("iat"u8, now);
        json.WriteNumber("exp"u8, now + (long)claims.Lifetime.TotalSeconds);
        json.WriteString("jti"u8, claims.JwtId);
        if (!claims.Grant.Scope.IsEmpty) json.WriteString("scope"u8, claims.Grant.Scope.ToString());
        WriteAuthentication(idJag, json);
        if (claims.Grant.KeyThumbprint is not { } thumbprint) return;
        json.WriteStartObject("cnf"u8);                                    // AT-10
        json.WriteString("jkt"u8, thumbprint);
        json.WriteEndObject();
    }

    // AT-08: how the person signed in, as the ID-JAG tells it, so that the MCP server can ask for more
    private static void WriteAuthentication(IdJag idJag, Utf8JsonWriter json)
    {
        if (idJag.AuthTime is { } at) json.WriteNumber("auth_time"u8, at.ToUnixTimeSeconds());
        if (idJag.Acr is not null) json.WriteString("acr"u8, idJag.Acr);
        if (idJag.Amr.Count is 0) return;
        json.WriteStartArray("amr"u8);
        foreach (var method in idJag.Amr) json.WriteStringValue(method);
        json.WriteEndArray();
    }

    private sealed record Claims(string Issuer, AccessTokenGrant Grant, DateTimeOffset IssuedAt, TimeSpan Lifetime, string JwtId);
}
