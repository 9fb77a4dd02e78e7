using IdJagBroker.Audiences;
using IdJagBroker.Audit;
using IdJagBroker.Clients;
using IdJagBroker.Dpop;
using IdJagBroker.Keys;
using IdJagBroker.Locks;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Upstreams;
using MediatR;

namespace IdJagBroker.TokenExchange;

/// <summary>The token exchange, in the order of requirements §0.3: each step needs what the one before it found.</summary>
internal sealed class ExchangeTokenHandler(
    ActivePolicy policy, ClientAuthenticator clients, RateLimits limits, DpopProofCheck proofs, SubjectTokens subjects, PersonDirectory people,
    HeldLocks locks, IdJagFactory grants, IssuanceLog issuances, TokenSigner signer, TimeProvider clock)
    : IRequestHandler<ExchangeToken, OAuthResult<TokenExchangeResponse>>
{
    /// <summary>Issues an ID-JAG for a verified subject, or says why not (ID-JAG §4.3.3).</summary>
    /// <exception cref="AuditUnavailableException">The issuance could not be recorded; nothing was signed.</exception>
    /// <exception cref="UpstreamUnavailableException">The subject token could not be verified for want of keys.</exception>
    /// <exception cref="LocksUnavailableException">Whether something is locked could not be said.</exception>
    /// <exception cref="SigningUnavailableException">The key did not sign.</exception>
    public async Task<OAuthResult<TokenExchangeResponse>> Handle(ExchangeToken command, CancellationToken ct)
    {
        var (form, credentials, dpopProofs, attempt) = command;
        var snapshot = policy.Current;      // one revision from the first check to the last
        attempt.Request(form, snapshot.Revision);

        var authentication = await clients.AuthenticateAsync<CatalogClient>(credentials, snapshot.Catalog, attempt, ct);
        if (authentication.IsRefused(out var client, out var refusal)) return refusal;

        if (limits.ForClient(client) is { } tooMany) return tooMany;

        if (TokenExchangeRequest.RefuseOtherGrant(form) is { } otherGrant) return otherGrant;
        var proving = proofs.Check(dpopProofs, client.Registration, attempt);
        if (proving.IsRefused(out var binding, out refusal)) return refusal;

        var parsing = TokenExchangeRequest.Parse(form);
        if (parsing.IsRefused(out var request, out refusal)) return refusal;
        if (SubjectTokens.RefuseOtherKind(request, snapshot.Catalog) is { } otherKind) return otherKind;

        var resolution = AudienceDirectory.Resolve(request, client, snapshot.Catalog);
        if (resolution.IsRefused(out var audience, out refusal)) return refusal;
        attempt.Resolved(audience);

        var validation = await subjects.ValidateAsync(request, client, binding, snapshot, attempt, command.CallerAddress, ct);
        if (validation.IsRefused(out var subject, out refusal)) return refusal;
        if (limits.ForSubject(subject) is { } tooManyAbout) return tooManyAbout;
        var person = await people.ResolveAsync(snapshot.Catalog.Idps[subject.Upstream].Issuer.Value, subject, command.CallerAddress, attempt.UserAgent, ct);
        attempt.Verified(subject, person);

        var asked = new AskedAccess(client, subject, person, audience, request, binding, command.CallerAddress, clock.GetUtcNow());
        var decision = PolicyGate.Decide(snapshot, locks, asked, limits, attempt);
        if (decision.IsRefused(out var granted, out refusal)) return refusal;

        var making = grants.Create(audience, subject, person, granted, binding);
        if (making.IsRefused(out var idJag, out refusal)) return refusal;

        if (StepUp.Decide(snapshot.Catalog, subject, audience, granted) is { } stepUp) return stepUp;

        var key = grants.KeyFor(audience);
        if (locks.ForKey(key, attempt) is { } keyLocked) return keyLocked;

        var recording = await issuances.RecordAsync(new Issuance(attempt, idJag, SubjectNaming.IsRandom(audience.AuthorizationServer)), key);
        if (recording.IsRefused(out var recorded, out refusal)) return refusal;
        return new TokenExchangeResponse(
            await signer.SignAsync(recorded, ct), grants.RemainingLife(idJag), idJag.Scope, idJag.Resources);
    }
}
