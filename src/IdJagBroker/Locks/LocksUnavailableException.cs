namespace IdJagBroker.Locks;

/// <summary>The locks have not been read since the start, or not lately, so whether something is locked cannot be said.</summary>
internal sealed class LocksUnavailableException() : Exception("The locks have not been read, or not lately.");
