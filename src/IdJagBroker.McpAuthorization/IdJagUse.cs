namespace IdJagBroker.McpAuthorization;

/// <summary>
/// One use of an ID-JAG, or of a client assertion. <see cref="Issuer"/> and <see cref="JwtId"/> together are the key: two issuers may choose the
/// same <c>jti</c>.
/// </summary>
/// <param name="Issuer">Its <c>iss</c>; of a client assertion the word <c>client-assertion</c>, a space and the client's id.</param>
/// <param name="JwtId">Its <c>jti</c>.</param>
/// <param name="Limit">The most uses.</param>
/// <param name="KeepUntil">Until when the count matters: <c>exp</c> and the clock skew.</param>
public sealed record IdJagUse(string Issuer, string JwtId, int Limit, DateTimeOffset KeepUntil);
