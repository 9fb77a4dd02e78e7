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

/// <summary>Redeems a code once (RFC 6749 §4.1.3, RFC 7636 §4.6, OpenID Connect Core §3.1.3).</summary>
internal sealed class RedeemCodeHandler(
    NpgsqlDataSource database, ActivePolicy policy, ClientAuthenticator clients, RateLimits limits, DpopProofCheck proofs, SignInPerson people, HeldLocks locks, SignInTokenFactory tokens,
    TokenSigner signer, PolicyActivation activation, TimeProvider clock) : IRequestHandler<RedeemCode, OAuthResult<SignInTokens>>
{
    /// <summary>Refuses with <c>invalid_grant</c> a code that is none, is another client's, expired, used, or comes without its verifier; used twice, it takes back what it gave.</summary>
    /// <exception cref="NpgsqlException">The database is away; nothing was used up.</exception>
    public async Task<OAuthResult<SignInTokens>> Handle(RedeemCode command, CancellationToken cancellationToken)
    {
        var (form, credentials, dpopProofs, attempt) = command;
        var snapshot = policy.Current;
        attempt.Request(form, snapshot.Revision);

        var authentication = await clients.AuthenticateAsync<CatalogClient>(credentials, snapshot.Catalog, attempt, cancellationToken);
        if (authentication.IsRefused(out var client, out var refusal)) return refusal;
        if (limits.ForClient(client) is { } tooMany) return tooMany;
        var proving = proofs.Check(dpopProofs, client.Registration, attempt);
        if (proving.IsRefused(out var binding, out refusal)) return refusal;
        if (form["code"] is not { } code) return OAuthError.InvalidRequest("code is required");
        if (form["code_verifier"] is not { } verifier) return OAuthError.InvalidRequest("code_verifier is required");

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await GrantTable.HoldByCodeAsync(connection, GrantTable.DigestOf(code), cancellationToken) is not { } grant) return GrantRefusal.Code("CODE_UNKNOWN", "there is no such code");
        attempt.Session = grant.Sid;
        // Another client's: it stays good for whom it is (a stolen code must not end the victim's sign-in).
        if (!grant.IsOf(client)) return GrantRefusal.Code("CODE_OF_ANOTHER_CLIENT", "the code was given to another client");
        var now = clock.GetUtcNow();
        if (await CheckAsync(transaction, grant, form["redirect_uri"], verifier, binding, now, cancellationToken) is { } wrong) return wrong;

        var finding = await people.FindAsync(grant.Sid, snapshot, command.CallerAddress, attempt.UserAgent, cancellationToken);
        if (finding.IsRefused(out var signedIn, out refusal)) return refusal;
        attempt.Verified(signedIn.Subject, signedIn.Person);
        if (locks.ForSignIn(client.Registration.Alias, client.ClientId, signedIn.Person.SubjectKey, attempt) is { } locked) return locked;
        var key = tokens.Key;
        if (locks.ForKey(key, attempt) is { } keyLocked) return keyLocked;

        var bound = grant.KeyThumbprint ?? (client.Method is ClientAuthenticationMethod.None ? binding.Thumbprint : null);      // RFC 9449 §5: public clients
        var idToken = tokens.Create(grant, grant.Nonce, signedIn.Person, signedIn.Subject, signedIn.Session, binding.Thumbprint);
        var refreshToken = client.Registration.SignIn is { RefreshTokens: true } ? tokens.NextRefreshToken(grant) : null;
        await GrantTable.UseCodeAsync(connection, grant.Id, now, cancellationToken);
        if (refreshToken is not null) await GrantTable.RotateAsync(connection, refreshToken, tokens.RefreshExpiresAt(grant), bound, cancellationToken);

        activation.MustBeRecorded(snapshot.Revision);
        var jws = idToken.ToJws(key);
        var recording = await RecordedToken.CommitAsync(transaction, SignInTokenEvent.Of("signin.redeemed", attempt, grant, signedIn, idToken, jws, now), attempt, jws, now, cancellationToken);
        if (recording.IsRefused(out var recorded, out refusal)) return refusal;
        return tokens.Answer(idToken, await signer.SignAsync(recorded, cancellationToken), refreshToken, grant, binding.Thumbprint is not null);
    }

    // Each of these uses the code up: who guesses has one guess.
    private static async Task<OAuthError?> CheckAsync(
        NpgsqlTransaction transaction, SignInGrant grant, string? redirectUri, string verifier, KeyBinding binding, DateTimeOffset now, CancellationToken ct)
    {
        if (grant.IsRevoked) return GrantRefusal.Code("CODE_REVOKED", "the sign-in was revoked");
        if (grant.RedeemedAt is not null)
        {
            await GrantRefusal.RevokeAsync(transaction, grant, null, GrantRefusal.CodeReused, now, ct);
            return GrantRefusal.Code(GrantRefusal.CodeReused, "the code was used before; what it gave is revoked");
        }
        var refusal =
            now >= grant.CodeExpiresAt ? GrantRefusal.Code("CODE_EXPIRED", "the code has expired")
            : !grant.WasSentTo(redirectUri) ? GrantRefusal.Code("REDIRECT_URI_MISMATCH", "redirect_uri is not where the code was sent")
            : !Pkce.Verify(verifier, grant.CodeChallenge) ? GrantRefusal.Code("CODE_VERIFIER_MISMATCH", "code_verifier is not that of the challenge")
            : !grant.IsProvenBy(binding) ? GrantRefusal.Code("DPOP_KEY_MISMATCH", "the code is bound to another key")
            : null;
        if (refusal is null) return null;
        await GrantTable.UseCodeAsync(transaction.Connection!, grant.Id, now, ct);
        await transaction.CommitAsync(ct);
        return refusal;
    }
}
