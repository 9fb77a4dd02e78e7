namespace IdJagBroker.Storage.PrivateCluster;

/// <summary>A private cluster could not be made, started or reached. The message says what to do and ends with the server's own words.</summary>
public sealed class PrivateClusterException : Exception
{
    internal PrivateClusterException(string message, Exception? inner = null) : base(message, inner) { }

    internal static PrivateClusterException WithOutput(string message, string output) =>
        new(string.IsNullOrWhiteSpace(output) ? message : $"{message}{Environment.NewLine}{output.Trim()}");
}
