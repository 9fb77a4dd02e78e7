using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Revisions;
using IdJagBroker.Storage;
using IdJagBroker.Storage.PrivateCluster;
using Npgsql;

namespace IdJagBroker.Locks;

/// <summary>The room of the locks without a broker around it. The catalogue is read only where a name is one of its names: who must stop everything can, also with a broken file.</summary>
internal sealed class LocksHost : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly PrivatePostgres? _cluster;

    private LocksHost(IHost host, PrivatePostgres? cluster) => (_host, _cluster) = (host, cluster);

    /// <summary>Reads the configuration as <c>serve</c> does.</summary>
    /// <exception cref="StartupFailedException">There is no database.</exception>
    public static async Task<LocksHost> OpenAsync(string[] arguments, CancellationToken ct)
    {
        var builder = Host.CreateApplicationBuilder(arguments);
        var development = builder.Environment.IsDevelopment();
        if (!development && builder.Configuration["Database:ConnectionString"] is not { Length: > 0 })
            throw new StartupFailedException("Give Database:ConnectionString (Database__ConnectionString in the environment).");
        var cluster = development ? await DevelopmentState.FillAsync(builder.Configuration, ct) : null;

        builder.Logging.ClearProviders();
        var policies = PolicySourceOptions.Of(builder.Configuration).IsDatabase ? null : builder.Configuration["Broker:Policies"] ?? new BrokerOptions().Policies;
        builder.Services.AddSingleton(TimeProvider.System).AddDatabase(builder.Configuration);
        builder.Services.AddLocks(async (provider, ct) =>
        {
            var reading = policies is not null ? PolicyFiles.Read(policies) : await ReadReleaseAsync(provider.GetRequiredService<NpgsqlDataSource>(), ct);
            var load = PolicyFiles.Parse(reading, development);
            return load.Snapshot?.Catalog ?? throw new StartupFailedException(PolicyDiagnosticText.Render(load.Diagnostics));
        });
        return new LocksHost(builder.Build(), cluster);      // built, not started: nothing here listens or serves
    }

    /// <summary>A handler of the API, to be asked directly.</summary>
    public T Make<T>() where T : class => ActivatorUtilities.CreateInstance<T>(_host.Services);

    public async ValueTask DisposeAsync()
    {
        if (_host is IAsyncDisposable host) await host.DisposeAsync();
        if (_cluster is not null) await _cluster.DisposeAsync();
    }

    // Its signature is the brokers' to check: here it only gives names, and a lock takes nothing but away.
    private static async Task<PolicyReading> ReadReleaseAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        var newest = await ReleaseTable.NewestApprovedAsync(connection, ct);
        return newest is not null && await PolicyRevisionTable.FindAsync(connection, newest.Revision, ct) is { } files
            ? new PolicyReading("policy", files, new PolicyDiagnostics())
            : throw new StartupFailedException("No release of the policy is in force, so nothing has a name. Everything can be locked, or a person or a key by its key.");
    }
}
