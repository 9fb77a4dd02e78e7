using System.Net;
using IdJagBroker.Audit;
using IdJagBroker.Protocol;
using MediatR;

namespace IdJagBroker.TokenExchange;

/// <summary>One attempt to exchange an ID Token for an ID-JAG: a form that reads, and credentials that are well-formed.</summary>
/// <param name="Form">The parameters; what they say is read after the client is known (requirements §0.3).</param>
/// <param name="Credentials">What the client says of itself.</param>
/// <param name="DpopProofs">The values of the <c>DPoP</c> header, one per header line.</param>
/// <param name="Attempt">What is found out on the way, for the log.</param>
internal sealed record ExchangeToken(OAuthForm Form, ClientCredentials Credentials, IReadOnlyList<string?> DpopProofs, IssuanceAttempt Attempt)
    : ITokenRequest, IRequest<OAuthResult<TokenExchangeResponse>>
{
    /// <summary>From where it came. For the vault of personal details, if it is to keep that; never for the log.</summary>
    public IPAddress? CallerAddress { get; init; }
}

/// <summary>What comes to the token endpoint, whichever grant it asks for.</summary>
internal interface ITokenRequest
{
    /// <summary>What is found out on the way, for the log.</summary>
    IssuanceAttempt Attempt { get; }
}
