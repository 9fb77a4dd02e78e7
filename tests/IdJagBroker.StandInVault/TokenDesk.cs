using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace IdJagBroker.StandIn;

/// <summary>Gives out the tokens that the stand-in takes: of one tenant, for one resource, for a while.</summary>
public sealed class TokenDesk(TimeProvider time)
{
    private sealed record Issued(string TenantId, string Resource, VaultRole Role, DateTimeOffset ExpiresAt);

    private sealed record Registration(string Credential, VaultRole Role);

    private readonly ConcurrentDictionary<string, Issued> _tokens = new();
    private readonly ConcurrentDictionary<string, Registration> _clients = new();

    /// <summary>The tenant that the vault belongs to; it can move to another.</summary>
    public string TenantId { get; set; } = "11111111-2222-4333-8444-555555555555";

    /// <summary>How long a token from the token endpoint lives.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How many tokens the token endpoint has given out.</summary>
    public int Requests => _requests;

    private int _requests;

    /// <summary>A client of the token endpoint.</summary>
    /// <param name="credential">Its secret, or the federated token that it shows instead.</param>
    public void Register(string clientId, string credential, VaultRole role) => _clients[clientId] = new(credential, role);

    /// <summary>A token without the token endpoint.</summary>
    public string Issue(VaultRole role, TimeSpan? lifetime = null, string? tenantId = null, string resource = StandInVault.Resource)
    {
        var token = "standin." + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        _tokens[token] = new(tenantId ?? TenantId, resource, role, time.GetUtcNow() + (lifetime ?? Lifetime));
        return token;
    }

    /// <summary>Taken again, or for longer.</summary>
    public void Renew(string token, VaultRole role) => _tokens[token] = new(TenantId, StandInVault.Resource, role, time.GetUtcNow() + Lifetime);

    /// <summary>No longer taken, whatever its lifetime.</summary>
    public void Revoke(string token) => _tokens.TryRemove(token, out _);

    internal VaultRole? RoleOf(string? token) =>
        token is not null && _tokens.TryGetValue(token, out var issued) && issued.TenantId == TenantId && issued.Resource == StandInVault.Resource
        && time.GetUtcNow() < issued.ExpiresAt ? issued.Role : null;

    /// <summary>RFC 6749 §4.4, as Entra does it: client_credentials with a secret, or with a federated assertion.</summary>
    internal IResult Answer(string tenantId, IFormCollection form)
    {
        var shown = form["client_secret"].FirstOrDefault() ?? form["client_assertion"].FirstOrDefault();
        if (form["grant_type"] != "client_credentials") return Refuse("unsupported_grant_type");
        if (!_clients.TryGetValue(form["client_id"].ToString(), out var client) || shown != client.Credential) return Refuse("invalid_client", 401);
        if (form["scope"].ToString() is not { } scope || !scope.EndsWith("/.default", StringComparison.Ordinal)) return Refuse("invalid_scope");
        Interlocked.Increment(ref _requests);
        var token = Issue(client.Role, Lifetime, tenantId, scope[..^"/.default".Length]);
        var seconds = (int)Lifetime.TotalSeconds;
        return Results.Json(new { token_type = "Bearer", expires_in = seconds, ext_expires_in = seconds, access_token = token });
    }

    private static IResult Refuse(string error, int status = 400) => Results.Json(new { error, error_description = "AADSTS: " + error }, statusCode: status);
}
