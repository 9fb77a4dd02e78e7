using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Policies;

/// <summary>That an authorization server reports what became of ID-JAGs (<c>authorizationServers.ALIAS.receipts</c>), and with which keys it proves itself.</summary>
/// <param name="Keys">Its public keys, or null: they are at <paramref name="JwksUri"/>.</param>
/// <param name="JwksUri">Where they are, or null.</param>
/// <param name="PrivateNetwork">Whether that may be on the enterprise's own network (SEC-16).</param>
internal sealed record CatalogReceipts(JsonWebKeySet? Keys, Uri? JwksUri, bool PrivateNetwork);
