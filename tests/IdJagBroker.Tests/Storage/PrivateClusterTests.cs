using System.Diagnostics;
using System.Globalization;
using IdJagBroker.Storage.PrivateCluster;
using Npgsql;
using Xunit;

#pragma warning disable CA1416 // Unix file modes: a private cluster needs Linux or macOS.

namespace IdJagBroker.Tests.Storage;

public sealed class PrivateClusterTests : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("idjag-cluster-test-");
    private readonly LastWill will;

    public PrivateClusterTests()
    {
        // A kept cluster outlives a test run that is killed; without its folder it stops within a minute.
        will = LastWill.Write(folder.FullName, ["true"]);
        // As root the server runs under another account, and mkdtemp's 0700 would be closed to it.
        if (Environment.IsPrivilegedProcess) File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_001_001);
    }

    private PrivatePostgresOptions Kept => new() { Directory = Path.Combine(folder.FullName, ".idjag", "pg") };

    public ValueTask DisposeAsync() => will.DisposeAsync();

    [Fact]
    public async Task Keeps_the_data_from_one_start_to_the_next()
    {
        await using (var first = await PrivatePostgres.StartAsync(Kept))
            await Sql.ExecuteAsync(first.ConnectionString, "create table kept (id int); insert into kept values (42)");

        await using var second = await PrivatePostgres.StartAsync(Kept);

        Assert.False(second.Reused);
        Assert.Equal(42, await Sql.ScalarAsync<int>(second.ConnectionString, "select id from kept"));
        Assert.Equal("on", await Sql.ScalarAsync<string>(second.ConnectionString, "show fsync"));
    }

    [Fact]
    public async Task A_second_start_in_the_same_folder_joins_the_running_server_which_stops_with_the_last_user()
    {
        var first = await PrivatePostgres.StartAsync(Kept);
        var second = await PrivatePostgres.StartAsync(Kept);
        Assert.True(second.Reused);
        Assert.Equal(first.ServerProcessId, second.ServerProcessId);

        await first.DisposeAsync();
        Assert.Equal(1, await Sql.ScalarAsync<int>(second.ConnectionString, "select 1"));
        await second.DisposeAsync();
        Assert.False(IsRunning(second.ServerProcessId));
    }

    [Fact]
    public async Task Two_that_race_to_make_the_cluster_get_one_server()
    {
        var both = await Task.WhenAll(PrivatePostgres.StartAsync(Kept), PrivatePostgres.StartAsync(Kept));
        try
        {
            Assert.Equal(both[0].ServerProcessId, both[1].ServerProcessId);
            Assert.Single(both, cluster => cluster.Reused);
        }
        finally
        {
            foreach (var cluster in both) await cluster.DisposeAsync();
        }
    }

    [Fact]
    public async Task Recovers_what_was_committed_before_the_server_was_killed()
    {
        await using var killed = await PrivatePostgres.StartAsync(Kept);
        await Sql.ExecuteAsync(killed.ConnectionString, "create table kept (id int); insert into kept values (42)");
        Kill(killed.ServerProcessId);

        await using var recovered = await PrivatePostgres.StartAsync(Kept);

        Assert.False(recovered.Reused);
        Assert.NotEqual(killed.ServerProcessId, recovered.ServerProcessId);
        Assert.Equal(42, await Sql.ScalarAsync<int>(recovered.ConnectionString, "select id from kept"));
    }

    [Fact]
    public async Task Starts_although_a_stranger_has_got_the_process_id_of_the_dead_server()
    {
        await using var killed = await PrivatePostgres.StartAsync(Kept);
        Kill(killed.ServerProcessId);
        var account = await ClusterAccount.ForAsync(killed.DataDirectory, default);
        var command = account.Command("sleep", "60");
        using var stranger = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)))!;
        try
        {
            var file = Path.Combine(killed.DataDirectory, "postmaster.pid");
            var lines = await File.ReadAllLinesAsync(file);
            lines[0] = stranger.Id.ToString(CultureInfo.InvariantCulture);
            await File.WriteAllLinesAsync(file, lines);

            await using var started = await PrivatePostgres.StartAsync(Kept);

            Assert.False(started.Reused);
            Assert.False(stranger.HasExited);
        }
        finally
        {
            stranger.Kill();
            await stranger.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task Begins_again_after_an_initdb_that_was_killed()
    {
        Directory.CreateDirectory(Path.Combine(Kept.Directory!, "data.new", "base"));
        if (Environment.IsPrivilegedProcess)
            foreach (var path in new[] { Path.GetDirectoryName(Kept.Directory)!, Kept.Directory! })
                File.SetUnixFileMode(path, (UnixFileMode)0b111_001_001);

        await using var started = await PrivatePostgres.StartAsync(Kept);

        Assert.Equal(1, await Sql.ScalarAsync<int>(started.ConnectionString, "select 1"));
    }

    [Fact]
    public async Task Listens_on_loopback_only_and_on_no_socket_file_whatever_the_data_directory_says()
    {
        await using (var first = await PrivatePostgres.StartAsync(Kept))
            await Sql.ExecuteAsync(first.ConnectionString, "alter system set listen_addresses = '*'");

        await using var cluster = await PrivatePostgres.StartAsync(Kept);

        Assert.Equal("127.0.0.1", await Setting(cluster, "listen_addresses"));
        Assert.Equal("", await Setting(cluster, "unix_socket_directories"));
        Assert.Equal(cluster.Port.ToString(CultureInfo.InvariantCulture), await Setting(cluster, "port"));
    }

    [Theory, InlineData("wrong"), InlineData("")]
    public async Task Refuses_a_wrong_password(string password)
    {
        await using var cluster = await PrivatePostgres.StartAsync(Kept);
        var wrong = new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Password = password, Passfile = "/dev/null" }.ConnectionString;

        var refusal = await Assert.ThrowsAnyAsync<NpgsqlException>(() => Sql.ExecuteAsync(wrong, "select 1"));

        if (password.Length > 0) Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);
        Assert.Equal("scram-sha-256", await Setting(cluster, "password_encryption"));
        Assert.Equal(0L, await Sql.ScalarAsync<long>(
            cluster.ConnectionString, "select count(*) from pg_hba_file_rules where auth_method <> 'scram-sha-256'"));
    }

    [Fact]
    public async Task Data_and_password_are_closed_to_everybody_else()
    {
        await using var cluster = await PrivatePostgres.StartAsync(Kept);

        var root = Path.GetDirectoryName(cluster.DataDirectory)!;
        const UnixFileMode groupOrOther = (UnixFileMode)0b111_111;
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(cluster.DataDirectory) & groupOrOther);
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(Path.Combine(root, "password")) & groupOrOther);
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(Path.Combine(cluster.DataDirectory, "server.log")) & groupOrOther);
        Assert.DoesNotContain(new NpgsqlConnectionStringBuilder(cluster.ConnectionString).Password!, CommandLine(cluster), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_does_not_inherit_our_environment()
    {
        Environment.SetEnvironmentVariable("IDJAG_TEST_SECRET", "must stay here");
        await using var cluster = await PrivatePostgres.StartAsync(Kept);

        var environment = await File.ReadAllTextAsync($"/proc/{cluster.ServerProcessId}/environ");

        Assert.DoesNotContain("IDJAG_TEST_SECRET", environment, StringComparison.Ordinal);
        Assert.Contains("LC_ALL=C", environment, StringComparison.Ordinal);   // it is the server's, and we could read it
    }

    [Fact]
    public async Task A_folder_that_the_server_account_cannot_enter_is_replaced_by_one_that_it_can()
    {
        File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_000_000);   // as root's home
        await using (var first = await PrivatePostgres.StartAsync(Kept))
            await Sql.ExecuteAsync(first.ConnectionString, "create table kept (id int)");
        var second = await PrivatePostgres.StartAsync(Kept);
        try
        {
            Assert.Equal(0L, await Sql.ScalarAsync<long>(second.ConnectionString, "select count(*) from kept"));
            var expected = Environment.IsPrivilegedProcess ? "/var/lib/idjag/pg-" : Kept.Directory!;
            Assert.StartsWith(expected, second.DataDirectory, StringComparison.Ordinal);
        }
        finally
        {
            await second.DisposeAsync();
            Directory.Delete(Path.GetDirectoryName(second.DataDirectory)!, recursive: true);
        }
    }

    [Fact]
    public async Task A_temporary_cluster_trades_durability_for_speed_and_leaves_nothing()
    {
        var cluster = await PrivatePostgres.StartAsync(PrivatePostgresOptions.Temporary);
        Assert.Equal("off", await Setting(cluster, "fsync"));
        Assert.Equal("off", await Setting(cluster, "full_page_writes"));
        Assert.Equal("on", await Setting(cluster, "synchronous_commit"));

        await cluster.DisposeAsync();

        Assert.False(IsRunning(cluster.ServerProcessId));
        Assert.False(Directory.Exists(Path.GetDirectoryName(cluster.DataDirectory)));
    }

    [Fact]
    public async Task A_data_directory_of_another_major_version_is_refused_and_left_alone()
    {
        await (await PrivatePostgres.StartAsync(Kept)).DisposeAsync();
        var version = Path.Combine(Kept.Directory!, "data", "PG_VERSION");
        await File.WriteAllTextAsync(version, "9\n");

        var failure = await Assert.ThrowsAsync<PrivateClusterException>(() => PrivatePostgres.StartAsync(Kept));

        Assert.Contains("was made by PostgreSQL 9", failure.Message, StringComparison.Ordinal);
        Assert.Contains("PG_BIN", failure.Message, StringComparison.Ordinal);
        Assert.Equal("9\n", await File.ReadAllTextAsync(version));
    }

    [Fact]
    public async Task A_server_that_does_not_start_is_reported_in_its_own_words()
    {
        await (await PrivatePostgres.StartAsync(Kept)).DisposeAsync();
        await File.AppendAllTextAsync(Path.Combine(Kept.Directory!, "data", "postgresql.conf"), "no_such_setting = 1\n");

        var failure = await Assert.ThrowsAsync<PrivateClusterException>(() => PrivatePostgres.StartAsync(Kept));

        Assert.Contains("no_such_setting", failure.Message, StringComparison.Ordinal);
    }

    private static Task<string> Setting(PrivatePostgres cluster, string name) =>
        Sql.ScalarAsync<string>(cluster.ConnectionString, $"select setting from pg_settings where name = '{name}'");

    private static string CommandLine(PrivatePostgres cluster) => File.ReadAllText($"/proc/{cluster.ServerProcessId}/cmdline");

    private static void Kill(int processId)
    {
        using var process = Process.GetProcessById(processId);
        process.Kill();
        SpinWait.SpinUntil(() => !IsRunning(processId), TimeSpan.FromSeconds(10));
    }

    private static bool IsRunning(int processId) =>
        File.Exists($"/proc/{processId}/cmdline") && File.ReadAllText($"/proc/{processId}/cmdline").Length > 0;   // empty: a zombie
}
