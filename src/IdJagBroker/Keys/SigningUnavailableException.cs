namespace IdJagBroker.Keys;

/// <summary>The signing key did not answer. Nothing was issued; trying again is right.</summary>
internal sealed class SigningUnavailableException(Exception inner) : Exception("The signing key did not answer.", inner);
