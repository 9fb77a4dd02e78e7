using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Storage;
using IdJagBroker.Tests.Audit.Catalogue;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace IdJagBroker.Tests.Keys.Life;

/// <summary>One database and one folder of key files, with as many processes' keepers as a test asks for, driven by hand.</summary>
internal sealed class KeyBench(string connectionString, TimeProvider clock) : IAsyncDisposable
{
    private readonly List<KeyProcess> _processes = [];

    public string ConnectionString => connectionString;

    public string State { get; } = Directory.CreateTempSubdirectory("idjag-keys-").FullName;

    /// <summary>Whether all events in its database are the keys' own, as the catalogue has them.</summary>
    public bool HoldsOnlyItsOwn { get; init; } = true;

    public static async Task<KeyBench> StartAsync(BrokerPostgres postgres, TimeProvider clock) => new(await postgres.CreateDatabaseAsync(), clock);

    public KeyProcess NewProcess(Action<IServiceCollection>? plugIn = null)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Database:ConnectionString"] = connectionString, ["Keys:Mode"] = "local", ["Keys:Directory"] = Path.Combine(State, "keys"),
        }).Build();
        var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddSingleton(clock)
            .AddSingleton(typeof(ILogger<>), typeof(NullLogger<>)).AddDatabase(configuration).AddKeys();
        services.AddOptions<KeyOptions>().Bind(configuration.GetSection("Keys"));
        plugIn?.Invoke(services);
        _processes.Add(new KeyProcess(services.BuildServiceProvider()));
        return _processes[^1];
    }

    /// <summary>How often each kid has an event of each type, but for requests.</summary>
    public Task<long> MostEventsOfOneStepAsync() => Sql.ScalarAsync<long>(connectionString,
        $"select max(n) from (select count(*) n from {Sql.Log} where type <> 'key.rotation_requested' group by kid, type) x");

    public Task<long> CountAsync(string where) => Sql.ScalarAsync<long>(connectionString, $"select count(*) from signing_key where {where}");

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes) await process.DisposeAsync();
        Directory.Delete(State, recursive: true);
        if (HoldsOnlyItsOwn) await EventCatalogue.CheckAsync(new NpgsqlConnectionStringBuilder(ConnectionString) { Options = null }.ConnectionString);       // as who may read it
    }
}

/// <summary>The keys of one process.</summary>
internal sealed class KeyProcess(ServiceProvider services) : IAsyncDisposable
{
    public KeyKeeper Keeper { get; } = services.GetRequiredService<KeyKeeper>();

    public SigningKeyRing Ring { get; } = services.GetRequiredService<SigningKeyRing>();

    public KeyTable Table { get; } = services.GetRequiredService<KeyTable>();

    public async Task<IReadOnlyList<SigningKeyRow>> KeysAsync(params KeyState[] states) => [.. (await Table.ReadAsync(default)).Where(key => states.Contains(key.State))];

    /// <summary>Asks for the next key of each slot.</summary>
    public async Task AskAsync(RotationRequest request)
    {
        foreach (var key in await KeysAsync(KeyState.Active)) Assert.True(await Table.RequestRotationAsync(key, request, KeyActor.CommandLine, default));
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();
}
