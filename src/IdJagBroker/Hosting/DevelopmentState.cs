using IdJagBroker.Clients;
using IdJagBroker.Storage;
using IdJagBroker.Storage.PrivateCluster;

namespace IdJagBroker.Hosting;

/// <summary>
/// What Development makes for itself so that a first start needs no configuration: a private Postgres cluster, the secret key, a
/// management token and loopback addresses. Anything that is configured wins; outside Development nothing of this happens.
/// </summary>
internal sealed class DevelopmentState
{
    private readonly string _directory;

    private DevelopmentState(string directory) => _directory = Directory.CreateDirectory(directory).FullName;

    /// <summary>Where the state is, from <c>State</c>; <c>.idjag</c> in the working directory if that is not set.</summary>
    public static string DirectoryOf(IConfiguration configuration) => configuration["State"] ?? ".idjag";

    /// <summary>The configured server-side key, or the one of this state.</summary>
    public static string SecretKey(IConfiguration configuration) => configuration["Clients:SecretKey"] is { Length: > 0 } given
        ? given
        : new DevelopmentState(DirectoryOf(configuration)).Keep("secret-key", ClientSecretHash.NewSecret);

    /// <summary>Fills in what the configuration leaves open.</summary>
    /// <returns>The cluster that was started, if one was.</returns>
    public static async Task<PrivatePostgres?> FillAsync(IConfigurationManager configuration, CancellationToken ct)
    {
        var state = new DevelopmentState(DirectoryOf(configuration));
        var secretKey = SecretKey(configuration);
        var made = new Dictionary<string, string?> { ["Clients:SecretKey"] = secretKey };
        if (configuration["Management:TokenHash"] is not { Length: > 0 })
            made["Management:TokenHash"] = new ClientSecretHash(secretKey).Hash(state.Keep("management-token", ClientSecretHash.NewSecret));
        if (configuration["Keys:Directory"] is not { Length: > 0 }) made["Keys:Directory"] = Path.Combine(state._directory, "keys");
        if (configuration["Broker:Issuer"] is not { Length: > 0 }) made["Broker:Issuer"] = "http://127.0.0.1:5400";
        if (configuration["Broker:PublicUrl"] is not { Length: > 0 }) made["Broker:PublicUrl"] = "http://127.0.0.1:5400";
        if (configuration["Broker:ManagementUrl"] is not { Length: > 0 }) made["Broker:ManagementUrl"] = "http://127.0.0.1:5401";

        PrivatePostgres? cluster = null;
        if (configuration["Database:ConnectionString"] is not { Length: > 0 })
        {
            cluster = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { Directory = Path.Combine(state._directory, "pg") }, ct);
            made["Database:ConnectionString"] = cluster.ConnectionString;
            // A trial's own cluster is migrated here; a database that somebody configured is theirs to migrate.
            await DatabaseSetup.MigrateAsync(cluster.ConnectionString, ct);
        }
        configuration.AddInMemoryCollection(made);
        return cluster;
    }

    // Made once, readable by this account only, the same at every later start.
    private string Keep(string name, Func<string> make) => KeptFile.ReadOrMake(Path.Combine(_directory, name), make).Trim();
}
