namespace IdJagBroker.Hosting;

/// <summary>What the service says of itself at start.</summary>
internal static partial class StartNotes
{
    [LoggerMessage(1301, LogLevel.Warning,
        "Development: {Issuer} allows http on loopback and signs with a key file; key, management token and database are in {Directory}")]
    public static partial void Development(ILogger logger, string issuer, string directory);

    [LoggerMessage(1303, LogLevel.Warning, "The policies load, with warnings:\n{Warnings}")]
    public static partial void PolicyWarnings(ILogger logger, string warnings);
}
