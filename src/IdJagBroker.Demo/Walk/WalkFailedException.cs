namespace IdJagBroker.Demo.Walk;

/// <summary>The walk did not go as it should; the demonstration ends with status 1.</summary>
internal sealed class WalkFailedException(string message) : Exception(message);
