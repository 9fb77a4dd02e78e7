namespace IdJagBroker.Clients.Registry;

/// <summary>The registry has not been read since the start, so whether a client is unknown cannot be said.</summary>
internal sealed class ClientRegistryUnavailableException() : Exception("The client registry has not been read yet.");
