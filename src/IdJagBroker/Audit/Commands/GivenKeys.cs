using System.CommandLine;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Hosting;

namespace IdJagBroker.Audit.Commands;

/// <summary>The public keys and files that a command line names. What cannot be used is an operator's mistake, told in words.</summary>
internal static class GivenKeys
{
    private const int MaxKeyFileBytes = 64 * 1024;

    public static Option<string[]> LogKeys() => new("--log-key")
    {
        Description = "A public key of the log's checkpoints: a vkey, or a file with a vkey, a PEM public key or a JWK. Once for each key.",
    };

    /// <exception cref="StartupFailedException">One is not a key.</exception>
    public static IReadOnlyList<LogKey> Read(IEnumerable<string> given) => [.. given.Select(Read)];

    /// <summary>A file that the command line names.</summary>
    /// <exception cref="StartupFailedException">It cannot be read, or is larger.</exception>
    public static byte[] ReadFile(string path, int maxBytes)
    {
        try
        {
            using var file = File.OpenRead(path);
            var bytes = new byte[maxBytes + 1];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return length <= maxBytes ? bytes[..length] : throw new StartupFailedException($"{path} is larger than {maxBytes} bytes.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupFailedException($"{path} cannot be read.");
        }
    }

    /// <exception cref="StartupFailedException">A word of the command line is none of the command's.</exception>
    public static void RefuseUnknown(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens is [var unknown, ..]) throw new StartupFailedException($"There is no '{unknown}' here.");
    }

    private static LogKey Read(string given) =>
        LogKey.TryParse(File.Exists(given) ? System.Text.Encoding.UTF8.GetString(ReadFile(given, MaxKeyFileBytes)) : given)
        ?? throw new StartupFailedException($"'{given}' is no public key on P-256, nor a file with one: give a vkey, a PEM public key or a JWK.");
}
