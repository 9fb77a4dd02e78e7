using System.Collections.ObjectModel;
using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization;

/// <summary>What is kept of an access token: what it means and what it came from, never the token.</summary>
public sealed record AccessTokenRecord
{
    /// <summary>
    /// By what it is found again: the <c>jti</c>. That of an opaque token is <c>at-</c> and its SHA-256, base64url, so that who reads the store gets no token from it.
    /// </summary>
    public required string JwtId { get; init; }

    /// <summary>The account here that it is for.</summary>
    public required string Subject { get; init; }

    /// <summary>The client that it was issued to.</summary>
    public required string ClientId { get; init; }

    /// <summary>The MCP server that it is for.</summary>
    public required string Resource { get; init; }

    /// <summary>What it permits.</summary>
    public required ScopeSet Scope { get; init; }

    /// <summary>When it was issued, whole seconds.</summary>
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>When it ends, whole seconds; after that the record may be forgotten.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Whose ID-JAG it came from.</summary>
    public required string IdJagIssuer { get; init; }

    /// <summary>The <c>jti</c> of that ID-JAG.</summary>
    public required string IdJagJwtId { get; init; }

    /// <summary>The key that it is bound to: its RFC 7638 SHA-256 thumbprint, base64url. Null: it is a bearer token.</summary>
    public string? KeyThumbprint { get; init; }

    /// <summary>When the person signed in, if the ID-JAG said it.</summary>
    public DateTimeOffset? AuthTime { get; init; }

    /// <summary>How strongly, if the ID-JAG said it.</summary>
    public string? Acr { get; init; }

    /// <summary>By what, if the ID-JAG said it.</summary>
    public IReadOnlyList<string> Amr { get; init; } = [];

    /// <summary>Further claims by name, each as JSON text (<see cref="TrustedIssuer.AccessTokenClaims"/>).</summary>
    public IReadOnlyDictionary<string, string> Claims { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Of a token for what was decided.</summary>
    internal static AccessTokenRecord Of(AccessTokenGrant grant, string jwtId, DateTimeOffset now, TimeSpan lifetime)
    {
        var (idJag, second) = (grant.IdJag.Claims, DateTimeOffset.FromUnixTimeSeconds(now.ToUnixTimeSeconds()));
        return new AccessTokenRecord
        {
            JwtId = jwtId, Subject = grant.Subject, ClientId = grant.IdJag.Client.ClientId, Resource = grant.Resource, Scope = grant.Scope,
            IssuedAt = second, ExpiresAt = second + lifetime, IdJagIssuer = idJag.Issuer, IdJagJwtId = idJag.JwtId,
            KeyThumbprint = grant.KeyThumbprint, AuthTime = idJag.AuthTime, Acr = idJag.Acr, Amr = idJag.Amr, Claims = grant.IdJag.Carried,
        };
    }

    /// <summary>Names the token and its ID-JAG, not the person.</summary>
    public override string ToString() => $"{JwtId} of {IdJagIssuer} {IdJagJwtId}";
}
