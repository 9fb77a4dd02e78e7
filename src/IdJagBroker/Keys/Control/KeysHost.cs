using IdJagBroker.Hosting;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol;
using IdJagBroker.Revisions;
using IdJagBroker.Storage;
using IdJagBroker.Storage.PrivateCluster;

namespace IdJagBroker.Keys.Control;

/// <summary>The room of the keys without a broker around it: what a command on the keys works with.</summary>
internal sealed class KeysHost : IAsyncDisposable
{
    private readonly IHost _host;
    private readonly PrivatePostgres? _cluster;

    private KeysHost(IHost host, PrivatePostgres? cluster) => (_host, _cluster) = (host, cluster);

    /// <summary>Reads the configuration as <c>serve</c> does.</summary>
    /// <exception cref="StartupFailedException">Something is configured so that it cannot work.</exception>
    public static async Task<KeysHost> OpenAsync(string[] arguments, CancellationToken ct)
    {
        var builder = Host.CreateApplicationBuilder(arguments);
        var development = builder.Environment.IsDevelopment();
        KeyProviders.CheckMode(builder.Configuration["Keys:Mode"] ?? "local", development);
        if (!development && builder.Configuration["Database:ConnectionString"] is not { Length: > 0 })
            throw new StartupFailedException("Give Database:ConnectionString (Database__ConnectionString in the environment).");
        var cluster = development ? await DevelopmentState.FillAsync(builder.Configuration, ct) : null;

        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Critical)
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);       // what is on standard output is the answer
        builder.Services.AddSingleton(TimeProvider.System).AddDatabase(builder.Configuration);
        builder.Services.AddSingleton(_ => IssuerOf(builder.Configuration, development));      // only the modes that ask for it need it
        builder.Services.AddOptions<KeyOptions>().Bind(builder.Configuration.GetSection("Keys")).ValidateDataAnnotations();
        builder.Services.AddKeys().AddReleaseKeys(builder.Configuration);
        return new KeysHost(builder.Build(), cluster);      // built, not started: nothing here listens or serves
    }

    private static Issuer IssuerOf(ConfigurationManager configuration, bool development) =>
        Issuer.TryParse(configuration["Broker:Issuer"] ?? "", development, out var issuer)
            ? issuer
            : throw new StartupFailedException("Give Broker:Issuer (Broker__Issuer in the environment), the same as the broker's.");

    /// <summary>A handler of the API, to be asked directly.</summary>
    public T Make<T>() where T : class => ActivatorUtilities.CreateInstance<T>(_host.Services);

    public T Get<T>() where T : class => _host.Services.GetRequiredService<T>();

    /// <summary>Opens the keys that sign, for a command that needs a signature; nobody waits for this process as for a broker.</summary>
    public async Task<SigningKeyRing> OpenKeysAsync(CancellationToken ct)
    {
        var ring = Get<SigningKeyRing>();
        await ring.ReloadAsync(ct);
        await Get<KeyTable>().LeaveAsync(ring.Node, ct);
        return ring;
    }

    public Task<KeyBoard> LookAsync(CancellationToken ct) => KeyBoard.ReadAsync(
        _host.Services.GetRequiredService<KeyTable>(), _host.Services.GetRequiredService<KeyProviders>(), _host.Services.GetRequiredService<TimeProvider>(), ct);

    /// <summary>Sees to it that what was asked comes about: by a running replica if there is one, and otherwise here and now.</summary>
    /// <param name="kids">The keys that it was about.</param>
    /// <param name="breaks">What breaks, or null.</param>
    public async Task<KeysAnswer> FollowAsync(IReadOnlyList<string> kids, string? breaks, CancellationToken ct)
    {
        var running = (await LookAsync(ct)).Replicas.Count;
        if (running is 0) await TurnAsync(ct);
        var board = await LookAsync(ct);
        var slots = board.Keys.Where(key => kids.Contains(key.Kid)).Select(key => key.Slot).ToHashSet();
        return new KeysAnswer([.. board.Keys.Where(key => slots.Contains(key.Slot) && key.State is not KeyState.Removed || kids.Contains(key.Kid)).Reverse().Select(key => KeyView.Of(board, key))])
        {
            Breaks = breaks,
            Note = running is 0 ? "No broker runs: the steps that were due were taken here." : $"Asked; {running} running {(running is 1 ? "broker" : "brokers")} see to it. 'idjag keys list' shows how far it is.",
        };
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is IAsyncDisposable host) await host.DisposeAsync();
        if (_cluster is not null) await _cluster.DisposeAsync();
    }

    // For as long as it takes, this process counts as a replica: a key becomes active only where somebody can sign with it.
    private async Task TurnAsync(CancellationToken ct)
    {
        var ring = _host.Services.GetRequiredService<SigningKeyRing>();
        try
        {
            await ring.ReloadAsync(ct);
            await _host.Services.GetRequiredService<KeyKeeper>().TurnAsync(ct);
        }
        finally
        {
            await _host.Services.GetRequiredService<KeyTable>().LeaveAsync(ring.Node, CancellationToken.None);
        }
    }
}
