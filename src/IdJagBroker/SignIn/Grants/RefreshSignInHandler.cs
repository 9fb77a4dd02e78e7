using IdJagBroker.Audit;
using IdJagBroker.Clients;
using IdJagBroker.Dpop;
using IdJagBroker.Keys;
using IdJagBroker.Locks;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.TokenExchange;
using MediatR;
using Npgsql;

namespace IdJagBroker.SignIn.Grants;

/// <summary>Gives the next ID Token and the next refresh token for a refresh token (RFC 6749 §6, OpenID Connect Core §12), each of which is used once (RFC 9700 §4.14.2).</summary>
internal sealed class RefreshSignInHandler(
    NpgsqlDataSource database, ActivePolicy policy, ClientAuthenticator clients, RateLimits limits, DpopProofCheck proofs, RefreshTokens refreshTokens, SignInPerson people, HeldLocks locks,
    SignInTokenFactory tokens, TokenSigner signer, PolicyActivation activation, TimeProvider clock) : IRequestHandler<RefreshSignIn, OAuthResult<SignInTokens>>
{
    /// <summary>Refuses with <c>invalid_grant</c>, as <see cref="RefreshTokens"/> does, or when the sign-in behind it is over; with <c>invalid_scope</c> what is more than was granted.</summary>
    /// <exception cref="NpgsqlException">The database is away; nothing was used up.</exception>
    public async Task<OAuthResult<SignInTokens>> Handle(RefreshSignIn command, CancellationToken cancellationToken)
    {
        var (form, credentials, dpopProofs, attempt) = command;
        var snapshot = policy.Current;
        attempt.Request(form, snapshot.Revision);

        var authentication = await clients.AuthenticateAsync<CatalogClient>(credentials, snapshot.Catalog, attempt, cancellationToken);
        if (authentication.IsRefused(out var client, out var refusal)) return refusal;
        if (limits.ForClient(client) is { } tooMany) return tooMany;
        var proving = proofs.Check(dpopProofs, client.Registration, attempt);
        if (proving.IsRefused(out var binding, out refusal)) return refusal;
        if (form["refresh_token"] is not { } text) return OAuthError.InvalidRequest("refresh_token is required");
        if (!ScopeSet.TryParse(form["scope"], out var scope)) return OAuthError.InvalidScope("scope is malformed or too long");

        // First without holding it: the provider may have to be asked, and that takes its time.
        var looking = await refreshTokens.FindAsync(text, client, binding, attempt, cancellationToken);
        if (looking.IsRefused(out var grant, out refusal)) return refusal;
        if (!scope.IsSubsetOf(grant.Scope)) return OAuthError.InvalidScope("more scope than was granted");
        var finding = await people.FindAsync(grant.Sid, snapshot, command.CallerAddress, attempt.UserAgent, cancellationToken);
        if (finding.IsRefused(out var signedIn, out refusal)) return refusal;
        attempt.Verified(signedIn.Subject, signedIn.Person);
        if (locks.ForSignIn(client.Registration.Alias, client.ClientId, signedIn.Person.SubjectKey, attempt) is { } locked) return locked;
        if (client.Registration.SignIn is not { RefreshTokens: true }) return GrantRefusal.RefreshToken("REFRESH_TOKENS_OFF", "the client gets no refresh tokens any more");
        var key = tokens.Key;
        if (locks.ForKey(key, attempt) is { } keyLocked) return keyLocked;

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var holding = await refreshTokens.HoldAsync(transaction, text, client, binding, attempt, cancellationToken);
        if (holding.IsRefused(out grant, out refusal)) return refusal;
        var now = clock.GetUtcNow();
        var idToken = tokens.Create(grant, nonce: null, signedIn.Person, signedIn.Subject, signedIn.Session, binding.Thumbprint);
        var next = tokens.NextRefreshToken(grant);
        await GrantTable.RotateAsync(connection, next, tokens.RefreshExpiresAt(grant), grant.KeyThumbprint, cancellationToken);

        activation.MustBeRecorded(snapshot.Revision);
        var jws = idToken.ToJws(key);
        var recording = await RecordedToken.CommitAsync(transaction, SignInTokenEvent.Of("refresh.rotated", attempt, grant, signedIn, idToken, jws, now), attempt, jws, now, cancellationToken);
        if (recording.IsRefused(out var recorded, out refusal)) return refusal;
        return tokens.Answer(idToken, await signer.SignAsync(recorded, cancellationToken), next, grant, binding.Thumbprint is not null);
    }
}
