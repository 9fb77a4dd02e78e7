using IdJagBroker.Policies;
using Npgsql;

namespace IdJagBroker.Clients.Registry;

/// <summary>
/// The registrations in memory: the token path asks here and reads no table. The last good state stays while the database is away.
/// </summary>
internal sealed partial class ClientRegistry(
    NpgsqlDataSource database, ActivePolicy policy, TimeProvider clock, ILogger<ClientRegistry> log) : IDisposable
{
    private readonly SemaphoreSlim _reading = new(1);
    private volatile RegisteredClients? _registered;
    private volatile ClientTable? _table;

    /// <summary>The client that has this id here, in the catalogue or beside it; or null.</summary>
    /// <exception cref="ClientRegistryUnavailableException">It is not in the catalogue, and the registry could not be read yet.</exception>
    public CatalogClient? Find(Catalog catalog, string clientId) =>
        catalog.FindClient(clientId) ?? TableFor(catalog).Find(clientId, clock.GetUtcNow());

    /// <summary>Reads the registrations and swaps them in as a whole.</summary>
    /// <exception cref="NpgsqlException">The database is away; what was known before stays.</exception>
    public async Task ReloadAsync(CancellationToken ct)
    {
        await _reading.WaitAsync(ct);       // one after the other, so that an older state never replaces a newer one
        try
        {
            _registered = await RegisteredClients.ReadAsync(database, ct);
        }
        finally
        {
            _reading.Release();
        }
        TableFor(policy.Current.Catalog);       // now, so that the log says at once where the two disagree
    }

    /// <summary>Reads the registrations if they are not those that are known.</summary>
    /// <inheritdoc cref="ReloadAsync" path="/exception"/>
    public async Task RefreshAsync(CancellationToken ct)
    {
        if (_registered is not { } known || known.Stamp != await RegisteredClients.ReadStampAsync(database, ct)) await ReloadAsync(ct);
        else TableFor(policy.Current.Catalog);
    }

    public void Dispose() => _reading.Dispose();

    // Made again when either side has changed; who comes at the same moment makes it twice, to no harm.
    private ClientTable TableFor(Catalog catalog)
    {
        var registered = _registered ?? throw new ClientRegistryUnavailableException();
        if (_table is { } made && ReferenceEquals(made.Catalog, catalog) && ReferenceEquals(made.Registered, registered)) return made;
        var before = _table?.Warnings ?? [];
        var table = new ClientTable(catalog, registered);
        _table = table;
        if (table.Warnings is { IsEmpty: false } warnings && !warnings.SequenceEqual(before)) OwnersDisagree(string.Join("; ", warnings));
        return table;
    }

    [LoggerMessage(1501, LogLevel.Warning, "Client registry and catalogue disagree: {Warnings}")]
    private partial void OwnersDisagree(string warnings);
}
