using IdJagBroker.Audit;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Storage;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace IdJagBroker.Clients.Registry;

/// <summary>
/// The one way a registration changes: alone, checked against its owner and its version, and committed together with its record. A
/// change that is not in the log did not happen.
/// </summary>
internal sealed class ClientChange(BrokerDbContext db, ActivePolicy policy, ClientRegistry registry, CurrentAdministrator administrator, TimeProvider clock)
{
    // Registrations change one after the other, so that what is checked still holds at the commit.
    private const string Alone = "select pg_advisory_xact_lock(4921010)";

    private readonly PolicySnapshot _policy = policy.Current;

    public Catalog Catalog => _policy.Catalog;

    /// <summary>Adds a registration. Refuses with 409 if the catalogue owns it or does not declare it, or if it is there already.</summary>
    public async Task<Outcome<ClientRow>> CreateAsync(ClientRow row, CancellationToken ct)
    {
        if (ClientProblem.OfOwner(Catalog, row.Alias, takesAway: false) is { } owned) return owned;
        await using var transaction = await BeginAsync(ct);
        if (await db.Clients.AnyAsync(client => client.Alias == row.Alias, ct)) return ClientProblem.Exists;
        if (await TakenAsync(row, ct) is { } taken) return taken;
        db.Clients.Add(row);
        return await CommitAsync("client.created", row, null, ct);
    }

    /// <summary>Changes a registration. Refuses with 404, with 409 if the catalogue owns it, with 412 if it is another version.</summary>
    /// <param name="alias">The client.</param>
    /// <param name="ifMatch">The version it must have.</param>
    /// <param name="type">What the record says happened.</param>
    /// <param name="takesAway">Whether it only takes something away, which is allowed although the catalogue does not declare the client.</param>
    /// <param name="edit">Changes the row, or refuses. Nothing is recorded if nothing is changed.</param>
    /// <param name="ct">Ends the waiting.</param>
    public async Task<Outcome<ClientRow>> UpdateAsync(
        string alias, IfMatch ifMatch, string type, bool takesAway, Func<ClientRow, Problem?> edit, CancellationToken ct)
    {
        if (!ClientAlias.IsValid(alias)) return ClientProblem.NotFound;
        if (ClientProblem.OfOwner(Catalog, alias, takesAway) is { Code: "owned-by-catalogue" } owned) return owned;
        await using var transaction = await BeginAsync(ct);
        if (await db.Clients.SingleOrDefaultAsync(client => client.Alias == alias, ct) is not { } row) return ClientProblem.NotFound;
        if (ClientProblem.OfOwner(Catalog, alias, takesAway) is { } undeclared) return undeclared;
        if (ifMatch.Check(row.Version) is { } stale) return stale;

        var before = ClientEvent.StateOf(row);
        if (edit(row) is { } refused) return refused;
        if (db.Entry(row).State is EntityState.Unchanged) return row;
        if (db.Entry(row).Property(client => client.ClientIds).IsModified && await TakenAsync(row, ct) is { } taken) return taken;
        return await CommitAsync(type, row, before, ct);
    }

    /// <summary>Removes a registration; also one that the catalogue has come to own, where it counts for nothing.</summary>
    public async Task<Outcome<ClientRow>> DeleteAsync(string alias, IfMatch ifMatch, CancellationToken ct)
    {
        if (!ClientAlias.IsValid(alias)) return ClientProblem.NotFound;
        await using var transaction = await BeginAsync(ct);
        if (await db.Clients.SingleOrDefaultAsync(client => client.Alias == alias, ct) is not { } row)
            return ClientProblem.OfOwner(Catalog, alias, takesAway: true) ?? ClientProblem.NotFound;
        if (ifMatch.Check(row.Version) is { } stale) return stale;
        db.Clients.Remove(row);
        return await CommitAsync("client.deleted", row, ClientEvent.StateOf(row), ct);
    }

    private async Task<IAsyncDisposable> BeginAsync(CancellationToken ct)
    {
        var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Database.ExecuteSqlRawAsync(Alone, ct);
        return transaction;
    }

    private async Task<Problem?> TakenAsync(ClientRow row, CancellationToken ct)
    {
        if (row.ClientIds.Any(id => Catalog.FindIdentity(id) is not null)) return ClientProblem.IdOwnedByCatalogue;
        var ids = row.ClientIds;
        return await db.Clients.AnyAsync(client => client.Alias != row.Alias && client.ClientIds.Any(id => ids.Contains(id)), ct)
            ? ClientProblem.IdTaken
            : null;
    }

    private async Task<Outcome<ClientRow>> CommitAsync(string type, ClientRow row, System.Text.Json.Nodes.JsonObject? before, CancellationToken ct)
    {
        var deleted = db.Entry(row).State is EntityState.Deleted;
        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateConcurrencyException)        // changed past this API, between reading and writing
        {
            return new IfMatch([]).Check(row.Version)!;
        }
        var record = ClientEvent.Of(type, row.Alias, before, deleted ? null : ClientEvent.StateOf(row), administrator.Value, _policy.Revision, clock.GetUtcNow());
        await AuditBatch.AppendAsync((NpgsqlConnection)db.Database.GetDbConnection(), record, ct);
        await db.Database.CommitTransactionAsync(ct);
        await KnowAtOnceAsync();
        return row;
    }

    // The next request here sees the change (SEC-33); if the database goes away just now, the poll finds it later, as on any other replica.
    private async Task KnowAtOnceAsync()
    {
        try
        {
            await registry.ReloadAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            // The change is made and recorded; that must be the answer.
        }
    }
}
