using IdJagBroker.Demo.EnterpriseIdp.Sessions;

namespace IdJagBroker.Demo.EnterpriseIdp.Logout;

/// <summary>A sign-out that waits for the person's word, for the session that it was asked about.</summary>
internal sealed record PendingLogout(LogoutRequest Request, IdpSession Session);
