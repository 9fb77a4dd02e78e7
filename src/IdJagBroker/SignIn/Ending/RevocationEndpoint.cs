using System.Diagnostics;
using IdJagBroker.Audit;
using IdJagBroker.Clients;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Sealing;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.SignIn.Grants;
using IdJagBroker.TokenExchange;
using Npgsql;

namespace IdJagBroker.SignIn.Ending;

/// <summary><c>POST /oauth2/revoke</c> (RFC 7009): a client gives back what it was given, and all that followed from it is worth nothing. What is not its own it cannot revoke, nor learn of.</summary>
internal sealed class RevocationEndpoint(
    NpgsqlDataSource database, ActivePolicy policy, ClientAuthenticator clients, RateLimits limits, RefreshTokenKey key, SealingKeyRing sealing, GrantTable grants, TimeProvider clock)
{
    public async Task Handle(HttpContext http)
    {
        if (await TryAsync(http) is { } refusal) await OAuthResponse.WriteAsync(http, refusal);
        else http.Response.Headers.CacheControl = "no-store";       // 200, whether there was something to revoke or not (RFC 7009 §2.2)
    }

    private async Task<OAuthError?> TryAsync(HttpContext http)
    {
        if (limits.ForAddress(http.Connection.RemoteIpAddress) is { } limited) return limited;
        var reading = await FormBody.ReadAsync(http.Request, http.RequestAborted);
        if (reading.IsRefused(out var form, out var refusal)) return refusal;
        if (ClientCredentials.Parse(form, http.Request.Headers.Authorization).IsRefused(out var credentials, out refusal)) return refusal;
        var attempt = new IssuanceAttempt(
            Guid.CreateVersion7(clock.GetUtcNow()), Activity.Current?.TraceId.ToString(), CallerNetwork.Of(http.Connection.RemoteIpAddress), http.Request.Headers.UserAgent);
        var authentication = await clients.AuthenticateAsync<CatalogClient>(credentials, policy.Current.Catalog, attempt, http.RequestAborted);
        if (authentication.IsRefused(out var client, out refusal)) return refusal;
        if (limits.ForClient(client) is { } tooMany) return tooMany;
        if (form["token"] is not { } text) return OAuthError.InvalidRequest("token is required");
        if (GrantOf(text) is not { } id || await grants.FindAsync(id, http.RequestAborted) is not { } grant) return null;
        if (!grant.IsOf(client)) return null;
        await using var connection = await database.OpenConnectionAsync(http.RequestAborted);
        await using var transaction = await connection.BeginTransactionAsync(http.RequestAborted);
        await GrantRefusal.RevokeAsync(transaction, grant, null, GrantRefusal.GivenBack, clock.GetUtcNow(), http.RequestAborted);
        return null;
    }

    private Guid? GrantOf(string text) =>
        RefreshToken.TryParse(key.Value, text, out var refresh) ? refresh.Grant
        : SignInAccessToken.TryOpen(sealing, text, out var access) ? access.Grant
        : null;
}
