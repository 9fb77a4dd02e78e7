namespace IdJagBroker.Demo.Walk;

/// <summary>The scripted sign-in ended without an answer to the application.</summary>
internal sealed class SignInFailedException(string message) : Exception(message);
