using IdJagBroker.Audit;
using IdJagBroker.Clients;
using IdJagBroker.Keys;
using IdJagBroker.Locks;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using MediatR;

namespace IdJagBroker.TokenExchange.AdminAccess;

/// <summary>The client credentials grant, for administrators alone (RFC 6749 §4.4): the same steps as a token exchange, as far as it has them.</summary>
internal sealed class GrantAdminAccessHandler(
    ActivePolicy policy, ClientAuthenticator clients, RateLimits limits, HeldLocks locks, AdminTokenFactory tokens, IssuanceLog issuances, TokenSigner signer)
    : IRequestHandler<GrantAdminAccess, OAuthResult<AccessTokenResponse>>
{
    /// <summary>Issues an access token for the admin API, or says why not.</summary>
    /// <exception cref="AuditUnavailableException">It could not be recorded; nothing was signed.</exception>
    /// <exception cref="LocksUnavailableException">Whether the key is locked could not be said.</exception>
    /// <exception cref="SigningUnavailableException">The key did not sign.</exception>
    public async Task<OAuthResult<AccessTokenResponse>> Handle(GrantAdminAccess command, CancellationToken cancellationToken)
    {
        var (form, credentials, dpopProofs, attempt) = command;
        var snapshot = policy.Current;
        attempt.Request(form, snapshot.Revision);

        var authentication = await clients.AuthenticateAsync<CatalogAdministrator>(credentials, snapshot.Catalog, attempt, cancellationToken);
        if (authentication.IsRefused(out var administrator, out var refusal)) return refusal;

        if (limits.ForAdministrator(administrator.Registration.Alias) is { } tooMany) return tooMany;

        var making = tokens.Create(form, dpopProofs, administrator);
        if (making.IsRefused(out var token, out refusal)) return refusal;
        attempt.Administrator = attempt.Administrator! with { Session = token.JwtId };

        // Of the locks only one on the key is for administrators: they must be able to lift the others.
        var key = tokens.Key;
        if (locks.ForKey(key, attempt) is { } keyLocked) return keyLocked;

        var recording = await issuances.RecordAsync(new AdminSignIn(attempt, token.Scope, token.ExpiresAt), token.ToJws(key));
        if (recording.IsRefused(out var recorded, out refusal)) return refusal;
        return tokens.Answer(token, await signer.SignAsync(recorded, cancellationToken));
    }
}
