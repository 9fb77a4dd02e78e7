using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization;

/// <summary>What a token request holds, read but not believed.</summary>
internal sealed record TokenRequest(OAuthForm Form, ClientCredentials Credentials, bool HasDpopProof);

/// <summary>Redeems an ID-JAG for an access token (ID-JAG §4.4): the table of contents of what the other classes do.</summary>
internal sealed class JwtBearerGrant(
    IClientAuthenticator clients, IdJagValidator idJags, ReuseRule reuse, SubjectRule subjects, GovernedResources resources,
    IAccessTokenIssuer tokens, Redemptions redemptions)
{
    /// <summary>Issues an access token, or says why not.</summary>
    /// <exception cref="IssuerKeysUnavailableException">The issuer's keys cannot be had.</exception>
    public async Task<OAuthResult<AccessTokenResponse>> ExchangeAsync(TokenRequest request, CancellationToken ct)
    {
        OAuthError? refusal;
        var authentication = await clients.AuthenticateAsync(request.Credentials, ct);
        if (authentication.IsRefused(out var client, out refusal)) return redemptions.Refused(request.Credentials, refusal);

        var parsing = JwtBearerRequest.Parse(request.Form);
        if (parsing.IsRefused(out var redemption, out refusal)) return redemptions.Refused(client, refusal);
        if (!client.MayRedeemIdJags)
            return redemptions.Refused(client, OAuthError.UnauthorizedClient("the client is not registered for this grant"));
        // POP-05: a proof is never ignored in silence; until proofs are understood here, it is refused.
        if (request.HasDpopProof) return redemptions.Refused(client, OAuthError.InvalidDpopProof("DPoP is not supported"));

        GenuineIdJag? genuine = null;
        var validation = await idJags.ValidateAsync(redemption.Assertion, client, it => genuine = it, ct);
        if (validation.IsRefused(out var idJag, out refusal)) return redemptions.Refused(client, refusal, genuine);

        if (await reuse.TryUseAsync(idJag, ct) is { } usedUp) return redemptions.Refused(idJag, usedUp);
        var issued = false;
        try
        {
            var decision = await DecideAsync(idJag, redemption, ct);
            if (decision.IsRefused(out var grant, out refusal)) return redemptions.Refused(idJag, refusal);

            var token = await tokens.IssueAsync(grant, ct);
            issued = true;
            redemptions.Issued(grant, token);
            return new AccessTokenResponse(token.Token, token.ExpiresIn, grant.Scope, grant.Resource);
        }
        finally
        {
            if (!issued) await reuse.ReturnAsync(idJag);
        }
    }

    private async Task<OAuthResult<AccessTokenGrant>> DecideAsync(ValidatedIdJag idJag, JwtBearerRequest request, CancellationToken ct)
    {
        var narrowing = resources.Narrow(idJag, request);
        if (narrowing.IsRefused(out var granted, out var refusal)) return refusal;

        // Last, because it may make an account: nobody gets one who gets nothing here anyway.
        var resolution = await subjects.ResolveAsync(idJag, ct);
        if (resolution.IsRefused(out var subject, out refusal)) return refusal;
        return new AccessTokenGrant(idJag, subject, granted.Resource.Indicator.Value, granted.Scope);
    }
}
