using System.Globalization;
using System.Security.Cryptography;
using System.Text;

#pragma warning disable CA1416 // Unix file modes: PrivatePostgres.StartAsync refuses Windows before it comes here.

namespace IdJagBroker.Storage.PrivateCluster;

/// <summary>
/// The folder of one cluster: <c>data/</c> (0700, the server's), <c>password</c> (0600, the server's), <c>lock</c>, <c>users/</c>.
/// The folder itself is ours and can be entered, not listed, by the server's account.
/// </summary>
internal sealed record ClusterDirectory(string Root)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Enterable = OwnerOnly | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public string Data => Path.Combine(Root, "data");
    public string Unfinished => Path.Combine(Root, "data.new");
    public string PasswordFile => Path.Combine(Root, "password");
    public string ServerLog => Path.Combine(Data, "server.log");
    public string StartLog => Path.Combine(Root, "start.log");
    public string Users => Path.Combine(Root, "users");

    /// <summary>
    /// A folder that the account can enter. <paramref name="wanted"/> null is a new temporary one. Where a folder on the way is closed to the
    /// account (a clone in root's home), a kept cluster goes to /var/lib/idjag under a name made from the wanted path.
    /// </summary>
    public static async Task<ClusterDirectory> OpenAsync(string? wanted, ClusterAccount account, CancellationToken ct)
    {
        foreach (var candidate in wanted is null ? Temporary() : Kept(wanted))
        {
            if (await account.CanAsync("-x", candidate, ct)) return new ClusterDirectory(candidate);
            if (Directory.GetFileSystemEntries(candidate).Length is 0) Directory.Delete(candidate);
        }
        throw new PrivateClusterException(
            $"The account {account} cannot enter {wanted ?? Path.GetTempPath()}: a folder on the way is closed to it.");
    }

    private static IEnumerable<string> Temporary()
    {
        foreach (var place in new[] { Path.GetTempPath(), "/tmp", "/var/tmp" }.Where(Directory.Exists))
        {
            // Unpredictable: in a shared /tmp nobody can have put a link there first.
            var made = Path.Combine(place, "idjag-pg-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
            Create(made);
            yield return made;
        }
    }

    private static IEnumerable<string> Kept(string wanted)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(wanted)))[..12];
        string[] places = Environment.IsPrivilegedProcess ? [wanted, $"/var/lib/idjag/pg-{hash}"] : [wanted];
        foreach (var place in places)
        {
            Create(place);
            yield return place;
        }
    }

    /// <summary>Whatever the umask: as root the server's account has to pass, otherwise nobody else has any business there.</summary>
    private static void Create(string folder)
    {
        if (Directory.Exists(folder)) return;
        Create(Path.GetDirectoryName(folder)!);
        Directory.CreateDirectory(folder, OwnerOnly);
        File.SetUnixFileMode(folder, Environment.IsPrivilegedProcess ? Enterable : OwnerOnly);
    }

    /// <summary>The major version that made the data; null before the first start.</summary>
    public int? DataVersion()
    {
        try
        {
            return Directory.Exists(Data)
                ? int.Parse(File.ReadAllText(Path.Combine(Data, "PG_VERSION")).Split('.')[0], CultureInfo.InvariantCulture)
                : null;
        }
        catch (Exception failure) when (failure is IOException or FormatException)
        {
            throw new PrivateClusterException($"{Data} is not a PostgreSQL data directory. Move it away to start with an empty one.", failure);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new PrivateClusterException($"{Data} belongs to another account. Run as that account, or choose another folder.", failure);
        }
    }

    /// <summary>One process at a time makes, starts or stops the cluster; the kernel frees the lock of a process that dies.</summary>
    public async Task<IDisposable> LockAsync(CancellationToken ct)
    {
        for (var attempt = 0; attempt < 3600; attempt++)
        {
            if (TryHold(Path.Combine(Root, "lock")) is { } held) return held;
            await Task.Delay(50, ct);
        }
        throw new PrivateClusterException($"Another process has been starting or stopping the cluster in {Root} for three minutes.");
    }

    /// <summary>Marks this process as a user of the cluster for as long as it lives. Call under the lock.</summary>
    public FileStream JoinUsers()
    {
        Directory.CreateDirectory(Users, OwnerOnly);
        return TryHold(Path.Combine(Users, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))))!;
    }

    /// <summary>Ends the mark and says whether nobody else uses the cluster. Marks of dead processes are not locked, and go. Call under the lock.</summary>
    public bool LeaveUsers(FileStream mark)
    {
        mark.Dispose();
        var others = false;
        foreach (var file in Directory.GetFiles(Users))
        {
            using var held = TryHold(file);
            if (held is null) others = true;
            else File.Delete(file);
        }
        return !others;
    }

    /// <summary>The server's password: written before the server is made, read by every later start.</summary>
    public async Task<string> PasswordAsync(ClusterAccount account, CancellationToken ct)
    {
        if (Directory.Exists(Data) && File.Exists(PasswordFile)) return await File.ReadAllTextAsync(PasswordFile, ct);
        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        File.Delete(PasswordFile);
        var privately = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        await using (var file = new FileStream(PasswordFile, privately)) await file.WriteAsync(Encoding.ASCII.GetBytes(password), ct);
        await account.OwnAsync(PasswordFile, ct);   // initdb reads it after root has been given up
        return password;
    }

    /// <summary>An empty 0700 folder of the account, in which initdb works until it has finished.</summary>
    public async Task PrepareUnfinishedAsync(ClusterAccount account, CancellationToken ct)
    {
        if (Directory.Exists(Unfinished)) Directory.Delete(Unfinished, recursive: true);   // an initdb that was killed
        Directory.CreateDirectory(Unfinished, OwnerOnly);
        await account.OwnAsync(Unfinished, ct);
    }

    private static FileStream? TryHold(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);   // flock
        }
        catch (IOException held) when (held is not DirectoryNotFoundException)
        {
            return null;
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new PrivateClusterException($"{path} belongs to another account. Run as that account, or choose another folder.", failure);
        }
    }
}
