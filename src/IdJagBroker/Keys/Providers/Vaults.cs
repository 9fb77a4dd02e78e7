using IdJagBroker.Hosting;
using IdJagBroker.Keys.KeyVault;

namespace IdJagBroker.Keys.Providers;

/// <summary>
/// The vaults of the configuration: <c>Keys:Vault</c>, or, where several share the load, <c>Keys:Vaults:0</c>, <c>Keys:Vaults:1</c> and so
/// on. Each is opened once, whoever uses it, so that all its keys share one budget and one circuit. Makes no call.
/// </summary>
internal sealed class Vaults(IConfiguration configuration, IHostEnvironment environment, TimeProvider time, ILogger<KeyVaultClient> log) : IDisposable
{
    private readonly Lock _lock = new();
    private IReadOnlyList<ConfiguredVault>? _all;

    /// <exception cref="StartupFailedException">They are not configured, or not as they must be; the message says what to change.</exception>
    public IReadOnlyList<ConfiguredVault> All
    {
        get
        {
            lock (_lock) return _all ??= Open();
        }
    }

    /// <exception cref="SigningUnavailableException">There is none: it was configured when the key was made, and is not any more.</exception>
    public ConfiguredVault At(string place) =>
        All.FirstOrDefault(vault => vault.Place == place) ?? throw new SigningUnavailableException($"No vault of the configuration is at {place}.");

    public void Dispose()
    {
        foreach (var vault in _all ?? []) vault.Connection.Dispose();
    }

    private List<ConfiguredVault> Open()
    {
        var (one, several) = (configuration.GetSection("Keys:Vault"), configuration.GetSection("Keys:Vaults"));
        if (one.Exists() && several.Exists()) throw new StartupFailedException("Give Keys:Vault, or Keys:Vaults:0 and so on, not both.");
        var vaults = (several.Exists() ? several.GetChildren() : [one]).Select(Open).ToList();
        var twice = vaults.GroupBy(vault => vault.Place).FirstOrDefault(same => same.Count() > 1);
        return twice is null ? vaults : throw new StartupFailedException($"Keys:Vaults names {twice.Key} twice.");
    }

    private ConfiguredVault Open(IConfigurationSection section)
    {
        var options = KeySettings.Read<KeyVaultOptions>(section);
        try
        {
            return new ConfiguredVault(KeyVaultConnection.Open(options, environment.IsDevelopment(), time, log), options.KeyPrefix, options.Hardware);
        }
        catch (InvalidOperationException e)
        {
            throw new StartupFailedException(e.Message);
        }
    }
}
