using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.McpAuthorization;

/// <summary>A finished access token.</summary>
/// <param name="Token">The token.</param>
/// <param name="JwtId">Its <c>jti</c>, for the log.</param>
/// <param name="ExpiresIn">How long it lives.</param>
public sealed record IssuedAccessToken(EncodedJwt Token, string JwtId, TimeSpan ExpiresIn);
