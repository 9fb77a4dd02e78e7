namespace IdJagBroker.Demo.EnterpriseIdp.Shapes;

/// <summary>What an ID Token tells: who signed in where, when, and for which application.</summary>
/// <param name="Issuer">The provider's issuer for this application.</param>
/// <param name="Person">Who signed in.</param>
/// <param name="ClientId">The application's id here.</param>
/// <param name="Nonce">What the application sent, to recognise its own sign-in by.</param>
/// <param name="AuthenticatedAt">When the person signed in.</param>
/// <param name="IssuedAt">When the token is made.</param>
internal sealed record SignIn(
    string Issuer, Person Person, string ClientId, string? Nonce, DateTimeOffset AuthenticatedAt, DateTimeOffset IssuedAt);
