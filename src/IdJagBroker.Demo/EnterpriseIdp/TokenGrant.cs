using IdJagBroker.Demo.EnterpriseIdp.Sessions;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>What a code or a refresh token was redeemed for.</summary>
/// <param name="Session">The session that it comes from.</param>
/// <param name="Person">Whose it is, as she is now.</param>
/// <param name="Authentication">The sign-in that it comes from; a later one in the same session does not count for it.</param>
/// <param name="Scope">What is granted, space-separated.</param>
/// <param name="Nonce">For the ID Token.</param>
/// <param name="RefreshToken">The refresh token that comes along, if any.</param>
internal sealed record TokenGrant(IdpSession Session, Person Person, Authentication Authentication, string Scope, string? Nonce, string? RefreshToken);
