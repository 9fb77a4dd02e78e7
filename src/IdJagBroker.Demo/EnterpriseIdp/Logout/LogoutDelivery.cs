using System.Net;

namespace IdJagBroker.Demo.EnterpriseIdp.Logout;

/// <summary>What became of telling a client: how it answered, or null if it did not.</summary>
internal sealed record LogoutDelivery(string ClientId, HttpStatusCode? Answer);
