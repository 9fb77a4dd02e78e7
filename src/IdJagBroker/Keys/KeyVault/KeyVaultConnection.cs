using Azure.Core.Pipeline;

namespace IdJagBroker.Keys.KeyVault;

/// <summary>A vault as the configuration names it: its client, and this process's budget of it.</summary>
internal sealed class KeyVaultConnection : IDisposable
{
    private readonly HttpClientTransport _transport;

    private KeyVaultConnection(KeyVaultOptions options, VaultAddress vault, bool development, TimeProvider time, ILogger<KeyVaultClient> log)
    {
        var credential = KeyVaultCredentials.Create(options, vault, development);
        _transport = KeyVaultTransport.Create(options, vault, development);
        Client = new KeyVaultClient(vault, credential, _transport, new KeyVaultLimits(), time, log);
        Budget = new VaultBudget(options.Share, time);
    }

    public KeyVaultClient Client { get; }

    public VaultBudget Budget { get; }

    /// <summary>Makes no call yet.</summary>
    /// <exception cref="InvalidOperationException">The configuration names no vault, or asks for what only Development may have.</exception>
    public static KeyVaultConnection Open(KeyVaultOptions options, bool development, TimeProvider time, ILogger<KeyVaultClient> log) =>
        VaultAddress.TryParse(options.Url, development, out var vault)
            ? new(options, vault, development, time, log)
            : throw new InvalidOperationException($"Keys:Vault:Url '{options.Url}' is not the address of a vault, such as https://NAME.vault.azure.net/.");

    public void Dispose()
    {
        Client.Dispose();
        _transport.Dispose();
    }
}
