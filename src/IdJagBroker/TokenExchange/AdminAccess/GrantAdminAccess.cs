using IdJagBroker.Audit;
using IdJagBroker.Protocol;
using MediatR;

namespace IdJagBroker.TokenExchange.AdminAccess;

/// <summary>One request of an administrator for an access token (RFC 6749 §4.4).</summary>
/// <param name="Form">The parameters; what they say is read after the administrator is known.</param>
/// <param name="Credentials">What they say of themselves.</param>
/// <param name="DpopProofs">The values of the <c>DPoP</c> header, one per header line.</param>
/// <param name="Attempt">What is found out on the way, for the log.</param>
internal sealed record GrantAdminAccess(OAuthForm Form, ClientCredentials Credentials, IReadOnlyList<string?> DpopProofs, IssuanceAttempt Attempt)
    : ITokenRequest, IRequest<OAuthResult<AccessTokenResponse>>;
