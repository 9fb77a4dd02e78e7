using System.Collections.Immutable;
using System.Text;
using IdJagBroker.Protocol.Jws;
using Npgsql;

namespace IdJagBroker.Clients.Registry;

/// <summary>A registration as the token path sees it: read once, immutable.</summary>
internal sealed record RegisteredClient(
    string Alias, ImmutableArray<string> ClientIds, bool Enabled, ImmutableArray<RegisteredSecret> Secrets, JsonWebKeySet? Keys, long Version)
{
    /// <summary>Where its keys are, if they are not here.</summary>
    public Uri? JwksUri { get; init; }
}

/// <summary>All registrations as they stood at one moment, in the order of their aliases.</summary>
internal sealed record RegisteredClients(ImmutableArray<RegisteredClient> Clients)
{
    private const string SelectAll = "select alias, client_ids, enabled, secret_hashes, jwks, version, jwks_uri from client order by alias";
    private const string SelectStamp = "select count(*), coalesce(sum(version), 0), coalesce(max(version), 0) from client";

    /// <summary>Tells two states of the table apart: every change takes a new, higher version, and a deletion lowers the count.</summary>
    public (long Count, decimal Sum, long Max) Stamp { get; } =
        (Clients.Length, Clients.Sum(client => (decimal)client.Version), Clients.IsEmpty ? 0 : Clients.Max(client => client.Version));

    /// <summary>Reads the table.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public static async Task<RegisteredClients> ReadAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        var clients = ImmutableArray.CreateBuilder<RegisteredClient>();
        await using var command = database.CreateCommand(SelectAll);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var jwks = await reader.IsDBNullAsync(4, ct) ? null : reader.GetString(4);
            clients.Add(new RegisteredClient(
                reader.GetString(0), [.. reader.GetFieldValue<string[]>(1)], reader.GetBoolean(2), [.. RegisteredSecret.ReadAll(reader.GetString(3))],
                jwks is null ? null : JsonWebKeySet.TryParse(Encoding.UTF8.GetBytes(jwks)), reader.GetInt64(5))
            {
                JwksUri = await reader.IsDBNullAsync(6, ct) || !Uri.TryCreate(reader.GetString(6), UriKind.Absolute, out var uri) ? null : uri,
            });
        }
        return new RegisteredClients(clients.DrainToImmutable());
    }

    /// <summary>The <see cref="Stamp"/> of the table as it is now.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public static async Task<(long Count, decimal Sum, long Max)> ReadStampAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand(SelectStamp);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return (reader.GetInt64(0), reader.GetDecimal(1), reader.GetInt64(2));
    }
}
