namespace IdJagBroker.Demo.EnterpriseIdp.Sessions;

/// <summary>When and how a person proved who she is: <c>auth_time</c>, <c>acr</c> and <c>amr</c> (OpenID Connect Core §2).</summary>
internal sealed record Authentication(DateTimeOffset At, AuthenticationContext Context);
