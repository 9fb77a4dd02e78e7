using IdJagBroker.Policies;
using IdJagBroker.Protocol;

namespace IdJagBroker.Clients;

/// <summary>A client that has proved who it is.</summary>
/// <param name="Registration">Its registration.</param>
/// <param name="ClientId">The identifier under which it authenticated.</param>
/// <param name="Method">How.</param>
internal sealed record AuthenticatedClient(CatalogClient Registration, string ClientId, ClientAuthenticationMethod Method);
