using System.Net;
using IdJagBroker.Audit;
using IdJagBroker.Protocol;
using IdJagBroker.TokenExchange;
using MediatR;

namespace IdJagBroker.SignIn.Grants;

/// <summary>One attempt to redeem a code (RFC 6749 §4.1.3).</summary>
/// <param name="Form">The parameters.</param>
/// <param name="Credentials">What the client says of itself.</param>
/// <param name="DpopProofs">The values of the <c>DPoP</c> header.</param>
/// <param name="Attempt">What is found out on the way, for the log.</param>
internal sealed record RedeemCode(OAuthForm Form, ClientCredentials Credentials, IReadOnlyList<string?> DpopProofs, IssuanceAttempt Attempt)
    : ITokenRequest, IRequest<OAuthResult<SignInTokens>>
{
    /// <summary>From where it came.</summary>
    public IPAddress? CallerAddress { get; init; }
}

/// <summary>One attempt to use a refresh token (RFC 6749 §6).</summary>
/// <inheritdoc cref="RedeemCode"/>
internal sealed record RefreshSignIn(OAuthForm Form, ClientCredentials Credentials, IReadOnlyList<string?> DpopProofs, IssuanceAttempt Attempt)
    : ITokenRequest, IRequest<OAuthResult<SignInTokens>>
{
    /// <summary>From where it came.</summary>
    public IPAddress? CallerAddress { get; init; }
}
