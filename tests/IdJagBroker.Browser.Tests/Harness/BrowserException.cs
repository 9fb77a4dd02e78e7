namespace IdJagBroker.Browser.Tests.Harness;

/// <summary>The browser could not do what the scenario asked; the message says where it was and what was to be read there.</summary>
internal sealed class BrowserException(string message) : Exception(message);
