using IdJagBroker.Demo.EnterpriseIdp.Sessions;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>Answers an application for a person who is signed in: with a code, if the application is hers to use.</summary>
internal sealed class SignedInAnswer(IdpPeople people, IdpIssuers issuers, OneTimeStore<GrantedCode> codes)
{
    public IResult For(HttpContext http, AuthorizationRequest request, IdpSession session)
    {
        var issuer = issuers.For(request.Client);
        if (people[session.PersonId].NotAssignedTo.Contains(request.Client.ClientId, StringComparer.Ordinal))
            return AuthorizationAnswer.Error(http, request.RedirectUri, request.State, issuer, "access_denied", "User is not assigned to the client application.");
        return codes.Add(new GrantedCode(request, session, session.Authentication)) is { } code
            ? AuthorizationAnswer.Code(http, request, issuer, code)
            : AuthorizationAnswer.Error(http, request.RedirectUri, request.State, issuer, "temporarily_unavailable");
    }
}
