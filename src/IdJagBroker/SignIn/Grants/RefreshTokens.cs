using System.Security.Cryptography;
using IdJagBroker.Audit;
using IdJagBroker.Clients;
using IdJagBroker.Dpop;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using Npgsql;

namespace IdJagBroker.SignIn.Grants;

/// <summary>
/// Is this refresh token ours, this client's, current and unrevoked? (RFC 6749 §6, IDP-39.) One check for whoever brings it: to be refreshed, or as a
/// <c>subject_token</c>. An earlier one of the same grant ends the grant: of two who have it, one is a thief (RFC 9700 §4.14.2).
/// </summary>
internal sealed class RefreshTokens(NpgsqlDataSource database, GrantTable grants, RefreshTokenKey key, TimeProvider clock)
{
    private const int MaxChars = 512;

    /// <summary>Looks at it. Refuses with <c>invalid_grant</c>.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<OAuthResult<SignInGrant>> FindAsync(string text, Authenticated<CatalogClient> client, KeyBinding binding, IssuanceAttempt attempt, CancellationToken ct)
    {
        if (!TryParse(text, out var token)) return Unknown();
        var grant = await grants.FindAsync(token!.Grant, ct);
        if (Check(token, grant, client, binding, attempt) is not { } refusal) return grant!;
        if (refusal.Reason is not GrantRefusal.RefreshReused) return refusal;
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await GrantRefusal.RevokeAsync(transaction, grant!, null, GrantRefusal.RefreshReused, clock.GetUtcNow(), ct);
        return refusal;
    }

    /// <summary>The same, and holds it until <paramref name="transaction"/> ends.</summary>
    /// <inheritdoc cref="FindAsync" path="/exception"/>
    public async Task<OAuthResult<SignInGrant>> HoldAsync(
        NpgsqlTransaction transaction, string text, Authenticated<CatalogClient> client, KeyBinding binding, IssuanceAttempt attempt, CancellationToken ct)
    {
        if (!TryParse(text, out var token)) return Unknown();
        var grant = await GrantTable.HoldAsync(transaction.Connection!, token!.Grant, ct);
        if (Check(token, grant, client, binding, attempt) is not { } refusal) return grant!;
        if (refusal.Reason is GrantRefusal.RefreshReused) await GrantRefusal.RevokeAsync(transaction, grant!, null, GrantRefusal.RefreshReused, clock.GetUtcNow(), ct);
        return refusal;
    }

    private bool TryParse(string text, out RefreshToken? token)
    {
        token = null;
        return text.Length <= MaxChars && RefreshToken.TryParse(key.Value, text, out token);
    }

    private OAuthError? Check(RefreshToken token, SignInGrant? grant, Authenticated<CatalogClient> client, KeyBinding binding, IssuanceAttempt attempt)
    {
        if (grant is null) return Unknown();
        attempt.Session = grant.Sid;
        if (!grant.IsOf(client)) return GrantRefusal.RefreshToken("REFRESH_TOKEN_OF_ANOTHER_CLIENT", "the refresh token is another client's");
        if (grant.IsRevoked) return GrantRefusal.RefreshToken("REFRESH_TOKEN_REVOKED", "the grant was revoked");
        if (token.Generation != grant.Generation || !CryptographicOperations.FixedTimeEquals(token.Digest, grant.RefreshDigest))
            return GrantRefusal.RefreshToken(GrantRefusal.RefreshReused, "another has followed it; the grant is revoked");
        var now = clock.GetUtcNow();
        if (now >= grant.RefreshExpiresAt || now >= grant.ExpiresAt) return GrantRefusal.RefreshToken("REFRESH_TOKEN_EXPIRED", "the refresh token has expired");
        return grant.IsProvenBy(binding) ? null : GrantRefusal.RefreshToken("DPOP_KEY_MISMATCH", "the refresh token is bound to another key");
    }

    private static OAuthError Unknown() => GrantRefusal.RefreshToken("REFRESH_TOKEN_UNKNOWN", "it is none of ours");
}
