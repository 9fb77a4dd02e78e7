namespace IdJagBroker.McpAuthorization;

/// <summary>
/// One use of an ID-JAG, a client assertion or a DPoP proof. <see cref="Issuer"/> and <see cref="JwtId"/> together are the key: two issuers may
/// choose the same <c>jti</c>.
/// </summary>
/// <param name="Issuer">
/// Its <c>iss</c>; of a client assertion the word <c>client-assertion</c>, a space and the client's id; of a proof, the word <c>dpop</c>, a space and
/// its <c>htu</c>.
/// </param>
/// <param name="JwtId">Its <c>jti</c>.</param>
/// <param name="Limit">The most uses.</param>
/// <param name="KeepUntil">Until when the count matters: <c>exp</c> and the clock skew; of a proof, when its <c>iat</c> is too old.</param>
public sealed record IdJagUse(string Issuer, string JwtId, int Limit, DateTimeOffset KeepUntil);
