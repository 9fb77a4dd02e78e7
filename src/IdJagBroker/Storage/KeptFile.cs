using System.Security.Cryptography;

namespace IdJagBroker.Storage;

/// <summary>A small secret file of this account alone, made once: processes that start together end with one content, and never with half of it.</summary>
internal static class KeptFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The text of the file, after <paramref name="make"/> wrote it if it was not there.</summary>
    /// <exception cref="InvalidOperationException">Others can read it, or another process keeps it locked.</exception>
    public static string ReadOrMake(string path, Func<string> make)
    {
        if (!File.Exists(path)) Make(path, make);
        return Read(path);
    }

    /// <summary>The text of a file that is there.</summary>
    /// <exception cref="InvalidOperationException">Others can read it.</exception>
    /// <exception cref="IOException">It is not there.</exception>
    public static string Read(string path)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != 0)
            throw new InvalidOperationException($"{path} can be read by others; it must be 0600.");
        return File.ReadAllText(path);
    }

    private static void Make(string path, Func<string> make)
    {
        using var turn = Lock(path + ".lock");
        if (File.Exists(path)) return;
        var aside = path + "." + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
        using (var file = new StreamWriter(aside, Options(FileMode.CreateNew))) file.Write(make());
        File.Move(aside, path);         // whole or not at all; the lock decides who, since a move looks first and moves then
    }

    private static FileStream Lock(string path)
    {
        for (var waited = TimeSpan.Zero; ; waited += TimeSpan.FromMilliseconds(20))
        {
            try
            {
                return new FileStream(path, Options(FileMode.OpenOrCreate));
            }
            catch (IOException) when (waited < Patience)
            {
                Thread.Sleep(20);
            }
            catch (IOException e)
            {
                throw new InvalidOperationException($"{path} is locked by another process.", e);
            }
        }
    }

    private static FileStreamOptions Options(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        return options;
    }
}
