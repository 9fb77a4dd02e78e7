using IdJagBroker.Policies;
using IdJagBroker.Protocol;

namespace IdJagBroker.Clients;

/// <summary>A client, or an administrator, that has proved who it is.</summary>
/// <param name="Registration">Its registration.</param>
/// <param name="ClientId">The identifier under which it authenticated.</param>
/// <param name="Method">How.</param>
internal sealed record Authenticated<T>(T Registration, string ClientId, ClientAuthenticationMethod Method) where T : CatalogIdentity;
