using System.Globalization;

namespace IdJagBroker.Storage.PrivateCluster;

/// <summary>
/// The account that a private cluster runs under: our own, or an unprivileged one when we are root, which PostgreSQL refuses to run as.
/// The account must be in passwd: the server looks its own name up.
/// </summary>
internal sealed record ClusterAccount
{
    private readonly string name;
    private readonly (int User, int Group)? ids;   // null: our own

    private ClusterAccount(string name, (int User, int Group)? ids) => (this.name, this.ids) = (name, ids);

    /// <summary>The owner of a cluster that exists; otherwise ourselves, or as root <c>postgres</c>, then <c>nobody</c>.</summary>
    /// <exception cref="PrivateClusterException">We are root and there is no account or no <c>setpriv</c> to change to it.</exception>
    public static async Task<ClusterAccount> ForAsync(string? existingData, CancellationToken ct)
    {
        if (!Environment.IsPrivilegedProcess) return new(Environment.UserName, null);
        if (!OperatingSystem.IsLinux())
            throw new PrivateClusterException("PostgreSQL refuses to run as root. Run this as an ordinary user.");

        string?[] names = [existingData is null ? null : await OwnerAsync(existingData, ct), "postgres", "nobody"];
        foreach (var name in names.OfType<string>().Where(name => name is not "root"))
        {
            if (await IdAsync("-u", name, ct) is not { } user || await IdAsync("-g", name, ct) is not { } group || user is 0) continue;
            var account = new ClusterAccount(name, (user, group));
            if (await account.CanAsync("-x", "/", ct)) return account;
        }
        throw new PrivateClusterException(
            "PostgreSQL refuses to run as root, and no account to run it under was found. Install util-linux (setpriv) and create one "
            + "(useradd --system postgres), or run this as an ordinary user.");
    }

    public override string ToString() => name;

    /// <summary>The command line that runs the program under this account.</summary>
    public IReadOnlyList<string> Command(string program, params string[] arguments) => ids is not { } target
        ? [program, .. arguments]
        : ["setpriv", $"--reuid={target.User}", $"--regid={target.Group}", "--clear-groups", "--", program, .. arguments];

    /// <summary>Gives a path that we made to this account. It must not be a link: root would give away what it points to.</summary>
    public async Task OwnAsync(string path, CancellationToken ct)
    {
        if (ids is not { } target) return;
        var (exitCode, output) = await ClusterCommand.RunAsync(["chown", "-h", $"{target.User}:{target.Group}", path], ct);
        if (exitCode is not 0) throw PrivateClusterException.WithOutput($"{path} cannot be given to the account {name}.", output);
    }

    /// <summary>Whether this account passes <c>test -x</c> or the like, every folder on the way included.</summary>
    public async Task<bool> CanAsync(string test, string path, CancellationToken ct)
    {
        try
        {
            return (await ClusterCommand.RunAsync(Command("test", test, path), ct)).ExitCode is 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;   // no setpriv
        }
    }

    private static async Task<string?> OwnerAsync(string path, CancellationToken ct)
    {
        var (exitCode, output) = await ClusterCommand.RunAsync(["stat", "-c", "%U", path], ct);
        return exitCode is 0 ? output.Trim() : null;
    }

    private static async Task<int?> IdAsync(string which, string name, CancellationToken ct)
    {
        var (exitCode, output) = await ClusterCommand.RunAsync(["id", which, name], ct);
        return exitCode is 0 && int.TryParse(output, NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var id) ? id : null;
    }
}
