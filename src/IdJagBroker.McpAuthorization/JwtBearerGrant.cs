using IdJagBroker.McpAuthorization.AccessTokens;
using IdJagBroker.McpAuthorization.Dpop;
using IdJagBroker.Protocol;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization;

/// <summary>What a token request holds, read but not believed.</summary>
internal sealed record TokenRequest(OAuthForm Form, ClientCredentials Credentials, IReadOnlyList<string?> DpopProofs);

/// <summary>Redeems an ID-JAG for an access token (ID-JAG §4.4): the table of contents of what the other classes do.</summary>
internal sealed class JwtBearerGrant(
    IClientAuthenticator clients, TokenProofs proofs, IdJagValidator idJags, ReuseRule reuse, SubjectRule subjects, GovernedResources resources,
    IAccessTokenIssuer tokens, AccessTokenLedger ledger, Redemptions redemptions, IOptions<IdJagAuthorizationServerOptions> options)
{
    /// <summary>Issues an access token, or says why not.</summary>
    /// <exception cref="IssuerKeysUnavailableException">The issuer's keys cannot be had.</exception>
    public async Task<OAuthResult<AccessTokenResponse>> ExchangeAsync(TokenRequest request, CancellationToken ct)
    {
        OAuthError? refusal;
        // POP-15: a client is asked for a nonce before anything of its request is looked at that may be used only once.
        var possession = proofs.RequiresNonce ? proofs.Read(request.DpopProofs) : (Possession?)null;
        if (possession is { LacksNonce: true }) return redemptions.Refused(request.Credentials, TokenProofs.Challenge());

        var authentication = await clients.AuthenticateAsync(request.Credentials, ct);
        if (authentication.IsRefused(out var client, out refusal)) return redemptions.Refused(request.Credentials, refusal);

        var parsing = JwtBearerRequest.Parse(request.Form);
        if (parsing.IsRefused(out var redemption, out refusal)) return redemptions.Refused(client, refusal);
        if (redemption.DemandsKeyBinding && !options.Value.AcceptsJwtDpopGrant)
            return redemptions.Refused(client, OAuthError.UnsupportedGrantType("the grant type is not supported"));
        if (!client.MayRedeemIdJags)
            return redemptions.Refused(client, OAuthError.UnauthorizedClient("the client is not registered for this grant"));
        var proved = possession ?? proofs.Read(request.DpopProofs);
        if (TokenProofs.Refuse(proved, client) is { } badProof) return redemptions.Refused(client, badProof);

        GenuineIdJag? genuine = null;
        var validation = await idJags.ValidateAsync(redemption.Assertion, client, it => genuine = it, ct);
        if (validation.IsRefused(out var idJag, out refusal)) return redemptions.Refused(client, refusal, genuine);

        if (TokenProofs.Refuse(proved, idJag, redemption) is { } unproved) return redemptions.Refused(idJag, unproved);
        if (await reuse.TryUseAsync(proved.Proof, ct) is { } replayed) return redemptions.Refused(idJag, replayed);
        if (await reuse.TryUseAsync(idJag, ct) is { } usedUp) return redemptions.Refused(idJag, usedUp);
        var issued = false;
        try
        {
            var decision = await DecideAsync(idJag, redemption, proved, ct);
            if (decision.IsRefused(out var grant, out refusal)) return redemptions.Refused(idJag, refusal);

            var token = await tokens.IssueAsync(grant, ct);
            if (!token.IsBoundAs(grant)) throw new InvalidOperationException("The access token issuer did not bind the token to the key of its grant.");
            if (await ledger.RecordAsync(grant, token, ct) is { } unrecorded) return redemptions.Refused(idJag, unrecorded);
            issued = true;
            redemptions.Issued(grant, token);
            return new AccessTokenResponse(token.Token, token.ExpiresIn, grant.Scope, grant.Resource) { IsKeyBound = grant.KeyThumbprint is not null };
        }
        finally
        {
            if (!issued) await reuse.ReturnAsync(idJag);
        }
    }

    private async Task<OAuthResult<AccessTokenGrant>> DecideAsync(ValidatedIdJag idJag, JwtBearerRequest request, Possession possession, CancellationToken ct)
    {
        var narrowing = resources.Narrow(idJag, request);
        if (narrowing.IsRefused(out var granted, out var refusal)) return refusal;
        if (granted.Resource.RequiresKeyBoundTokens && possession.Proof is null) return BadIdJag.ProofRequired();      // POP-11

        // Last, because it may make an account: nobody gets one who gets nothing here anyway.
        var resolution = await subjects.ResolveAsync(idJag, ct);
        if (resolution.IsRefused(out var subject, out refusal)) return refusal;
        return new AccessTokenGrant(idJag, subject, granted.Resource.Indicator.Value, granted.Scope) { KeyThumbprint = possession.KeyThumbprint };
    }
}
