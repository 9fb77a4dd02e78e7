namespace IdJagBroker.Hosting;

/// <summary>The service will not start, and its message says to an operator what to change.</summary>
public sealed class StartupFailedException(string message) : Exception(message);
