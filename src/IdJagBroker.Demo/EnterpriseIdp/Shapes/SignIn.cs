using IdJagBroker.Demo.EnterpriseIdp.Sessions;

namespace IdJagBroker.Demo.EnterpriseIdp.Shapes;

/// <summary>What an ID Token tells: who signed in where, when and how, and for which application.</summary>
/// <param name="Issuer">The provider's issuer for this application.</param>
/// <param name="Person">Who signed in, as she is now.</param>
/// <param name="ClientId">The application's id here.</param>
/// <param name="Nonce">What the application sent, to recognise its own sign-in by; none in a refreshed token.</param>
/// <param name="SessionId">The <c>sid</c>.</param>
/// <param name="Authentication">When and how the person signed in.</param>
/// <param name="IssuedAt">When the token is made.</param>
internal sealed record SignIn(
    string Issuer, Person Person, string ClientId, string? Nonce, string SessionId, Authentication Authentication, DateTimeOffset IssuedAt)
{
    /// <summary>How strong the sign-in was, and by what.</summary>
    public AuthenticationContext Context => Authentication.Context;
}
