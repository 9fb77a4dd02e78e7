using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.SignIn.Grants;

/// <summary>The claims of an ID Token of the broker (OpenID Connect Core §2).</summary>
internal sealed record SignInIdToken
{
    public required Issuer Issuer { get; init; }

    /// <summary>The broker's own random name of the person.</summary>
    public required string Subject { get; init; }

    /// <summary>The client, by the id under which it asked.</summary>
    public required string Audience { get; init; }

    public required DateTimeOffset IssuedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public required string JwtId { get; init; }

    /// <summary>The session here.</summary>
    public required string Sid { get; init; }

    /// <summary>When the person signed in, if the provider said so.</summary>
    public DateTimeOffset? AuthTime { get; init; }

    public string? Acr { get; init; }

    public IReadOnlyList<string> Amr { get; init; } = [];

    /// <summary>What the authorization request brought; null in what a refresh gives.</summary>
    public string? Nonce { get; init; }

    /// <summary>The access token beside it, which <c>at_hash</c> ties to it.</summary>
    public required string AccessToken { get; init; }

    /// <summary>With scope <c>profile</c>.</summary>
    public string? Name { get; init; }

    /// <summary>With scope <c>email</c>; only one that the provider verified (JAG-22).</summary>
    public string? Email { get; init; }

    /// <summary>The token, complete but for its signature.</summary>
    public UnsignedJws ToJws(ISigningKey key) => UnsignedJws.Create(key, "JWT", this, static (token, json) => token.WriteTo(json));

    private void WriteTo(Utf8JsonWriter json)
    {
        json.WriteString("iss"u8, Issuer.Value);
        json.WriteString("sub"u8, Subject);
        json.WriteString("aud"u8, Audience);
        json.WriteNumber("iat"u8, IssuedAt.ToUnixTimeSeconds());
        json.WriteNumber("exp"u8, ExpiresAt.ToUnixTimeSeconds());
        json.WriteString("jti"u8, JwtId);
        json.WriteString("sid"u8, Sid);
        if (AuthTime is { } at) json.WriteNumber("auth_time"u8, at.ToUnixTimeSeconds());
        if (Acr is not null) json.WriteString("acr"u8, Acr);
        if (Amr.Count > 0)
        {
            json.WriteStartArray("amr"u8);
            foreach (var method in Amr) json.WriteStringValue(method);
            json.WriteEndArray();
        }
        if (Nonce is not null) json.WriteString("nonce"u8, Nonce);
        json.WriteString("at_hash"u8, Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(AccessToken)).AsSpan(0, 16)));     // OpenID Connect Core §3.1.3.6
        if (Name is not null) json.WriteString("name"u8, Name);
        if (Email is null) return;
        json.WriteString("email"u8, Email);
        json.WriteBoolean("email_verified"u8, true);
    }
}
