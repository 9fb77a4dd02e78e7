namespace IdJagBroker.Demo.McpServer;

/// <summary>The vault did not sign; no token came of it.</summary>
internal sealed class VaultSigningException(string message, Exception? inner = null) : Exception(message, inner);
