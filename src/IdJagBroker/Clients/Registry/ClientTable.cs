using System.Collections.Frozen;
using System.Collections.Immutable;
using IdJagBroker.Policies;

namespace IdJagBroker.Clients.Registry;

/// <summary>
/// The registrations joined to one catalogue. An object has one owner: the catalogue says what a client may be (trust, method,
/// audiences), the registry by which ids and credentials it comes, and where both speak the catalogue is heard (ADR 0011).
/// </summary>
internal sealed class ClientTable
{
    private readonly FrozenDictionary<string, Entry> _byId;

    public ClientTable(Catalog catalog, RegisteredClients registered)
    {
        (Catalog, Registered) = (catalog, registered);
        var warnings = ImmutableArray.CreateBuilder<string>();
        var entries = new Dictionary<string, Entry?>(StringComparer.Ordinal);
        foreach (var row in registered.Clients)
        {
            if (!catalog.Clients.TryGetValue(row.Alias, out var declared))
                warnings.Add($"'{row.Alias}' is registered, but the catalogue does not declare it: it is refused");
            else if (!declared.InRegistry)
                warnings.Add($"'{row.Alias}' is registered, but the catalogue owns it: the registration is ignored");
            else
                Add(row, declared, entries, warnings);
        }
        _byId = entries.Where(entry => entry.Value is not null).ToDictionary(entry => entry.Key, entry => entry.Value!, StringComparer.Ordinal)
            .ToFrozenDictionary(StringComparer.Ordinal);
        Warnings = warnings.DrainToImmutable();
    }

    public Catalog Catalog { get; }

    public RegisteredClients Registered { get; }

    /// <summary>Where the two disagree, for the log.</summary>
    public ImmutableArray<string> Warnings { get; }

    /// <summary>The registered client that has this id here, with the secrets that are live now; or null.</summary>
    public CatalogClient? Find(string clientId, DateTimeOffset now)
    {
        if (!_byId.TryGetValue(clientId, out var entry)) return null;
        return entry.Secrets.IsEmpty
            ? entry.Client
            : entry.Client with { SecretHashes = [.. entry.Secrets.Where(secret => secret.IsLive(now)).Select(secret => secret.Hash)] };
    }

    private void Add(RegisteredClient row, CatalogClient declared, Dictionary<string, Entry?> entries, ImmutableArray<string>.Builder warnings)
    {
        var entry = Join(row, declared);
        foreach (var id in row.ClientIds)
        {
            if (Catalog.FindIdentity(id) is { } owner)
                warnings.Add($"a client id of '{row.Alias}' belongs to '{owner.Alias}' of the catalogue: it does not name '{row.Alias}'");
            else if (!entries.TryAdd(id, entry) && entries[id]?.Client.Alias != row.Alias)
            {
                entries[id] = null;     // only an edit past the API can do this; who would be meant cannot be told, so nobody is
                warnings.Add($"a client id of '{row.Alias}' is another client's too: it names nobody");
            }
        }
    }

    private static Entry Join(RegisteredClient row, CatalogClient declared)
    {
        var bySecret = declared.Auth is ClientAuth.ClientSecret;
        var client = declared with
        {
            ClientIds = row.ClientIds,
            Enabled = declared.Enabled && row.Enabled,
            SecretHashes = bySecret ? [.. row.Secrets.Select(secret => secret.Hash)] : [],
            Keys = bySecret ? null : row.Keys,
            JwksUri = bySecret ? null : row.JwksUri,
        };
        var expires = bySecret && row.Secrets.Any(secret => secret.ExpiresAt is not null);
        return new Entry(client, expires ? row.Secrets : []);
    }

    /// <param name="Client">What the token path works with.</param>
    /// <param name="Secrets">All of them, if one will expire; otherwise none, and <paramref name="Client"/> has them.</param>
    private sealed record Entry(CatalogClient Client, ImmutableArray<RegisteredSecret> Secrets);
}
