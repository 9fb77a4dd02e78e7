using IdJagBroker.Hosting;
using IdJagBroker.Keys.Life;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;
using IdJagBroker.Upstreams;
using Npgsql;

namespace IdJagBroker.Locks;

/// <summary>Finds what an operator means to lock, and what the token path and the log call it.</summary>
/// <param name="catalog">The catalogue in force; asked only where a name is one of its names, so that the rest is locked without it.</param>
internal sealed class LockNames(Func<CancellationToken, ValueTask<Catalog>> catalog)
{
    /// <summary>The longest name.</summary>
    public const int MaxChars = 2048;

    private const int MaxPersonChars = 255;
    private const int MaxShownChars = 128;

    /// <summary>The name to keep. Refuses with 422 what is not known; a person need not have been seen yet, and has a key from then on.</summary>
    /// <param name="connection">Within the transaction that sets the lock.</param>
    /// <param name="kind">Of what; not everything.</param>
    /// <param name="name">As it was typed: text without control characters.</param>
    /// <param name="ct">Ends the waiting.</param>
    public Task<Outcome<string>> ResolveAsync(NpgsqlConnection connection, LockKind kind, string name, CancellationToken ct) => kind switch
    {
        LockKind.Subject => SubjectAsync(connection, name, ct),
        LockKind.Client => ClientAsync(connection, name, ct),
        LockKind.Audience => AudienceAsync(name, ct),
        LockKind.Resource => ResourceAsync(name, ct),
        LockKind.Key => KeyAsync(connection, name, ct),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "It has no name."),
    };

    // The log and the locks know people by their random keys alone: who is erased is in neither.
    private async Task<Outcome<string>> SubjectAsync(NpgsqlConnection connection, string name, CancellationToken ct)
    {
        if (name.Split('|', 2) is not [var alias, var id])
        {
            return await FindAsync(connection, "select subject_key from person where subject_key = $1 for key share", name, ct)
                ?? (Outcome<string>)LockProblem.Unknown("That key stands for nobody. A person who has not been seen yet is named as policies do: idp-alias|id.");
        }
        var known = await catalog(ct);
        if (!known.Idps.TryGetValue(alias, out var idp)) return Unknown("an identity provider", alias, known.Idps.Keys);
        if (PersonOf(idp, id) is not { } stableId)
            return LockProblem.Unknown($"After the bar stands what '{alias}' calls the person for ever{(idp.Kind is IdpKind.Entra ? ": tid/oid" : "")}.");
        await using var command = new NpgsqlCommand { Connection = connection };
        PersonDirectory.FirstSight(command, idp.Issuer.Value, stableId);
        return (string)(await command.ExecuteScalarAsync(ct))!;
    }

    // An id is locked with all that may take its place: the client. Only a document of a host whose documents are one client stands for itself.
    private async Task<Outcome<string>> ClientAsync(NpgsqlConnection connection, string name, CancellationToken ct)
    {
        var known = await catalog(ct);
        if (known.Clients.ContainsKey(name)) return name;
        if (known.FindAdministrator(name) is null && known.FindClient(name) is { } client)
            return client.ClientIds.Contains(name) || client.Documents.Any(document => document.Value == name) ? client.Alias : name;
        var registered = await FindAsync(connection, "select alias from client where client_ids @> array[$1]", name, ct);
        return registered is not null && known.Clients.TryGetValue(registered, out var declared) && declared.InRegistry ? registered : Unknown("a client", name, known.Clients.Keys);
    }

    private async Task<Outcome<string>> AudienceAsync(string name, CancellationToken ct)
    {
        var known = await catalog(ct);
        var server = known.AuthorizationServers.GetValueOrDefault(name) ?? known.FindAuthorizationServer(name);
        return server is null ? Unknown("an authorization server", name, known.AuthorizationServers.Keys) : server.Issuer.Value;
    }

    private async Task<Outcome<string>> ResourceAsync(string name, CancellationToken ct)
    {
        var known = await catalog(ct);
        var resource = known.Resources.GetValueOrDefault(name) ?? (ResourceIndicator.TryParse(name, out var uri) ? known.FindResource(uri) : null);
        return resource is null ? Unknown("a resource", name, known.Resources.Keys) : resource.Uri.Value;
    }

    // Only what the token endpoint signs with, since only there a lock is looked at. Without the keys of the log, nobody could prove what was done behind the lock.
    private static async Task<Outcome<string>> KeyAsync(NpgsqlConnection connection, string name, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select purpose, state from signing_key where kid = $1", connection);
        command.Parameters.Add(new() { Value = name });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return LockProblem.Unknown($"'{Shown(name)}' is not a signing key.");
        var (purpose, state) = (reader.GetString(0), reader.GetString(1));
        if (!KeyWords.TryPurpose(purpose, out var of) || of is not (KeyPurpose.IdJag or KeyPurpose.AccessToken)) return LockProblem.Unknown($"That key is for '{purpose}': it signs no token.");
        return state is "created" or "published" or "active"
            ? name
            : LockProblem.Unknown($"That key is {state}: it signs nothing more. What it signed before, only 'idjag keys revoke' ends.");
    }

    private static Problem Unknown(string what, string name, IEnumerable<string> known) =>
        LockProblem.Unknown($"'{Shown(name)}' is not {what} of the catalogue.", Spelling.Nearest(name, known));

    // As tokens have it: what is misspelt would be nobody, and look locked.
    private static string? PersonOf(CatalogIdp idp, string id)
    {
        if (idp.Kind is not IdpKind.Entra) return id.Length is > 0 and <= MaxPersonChars ? id : null;
        return id.Split('/') is [var tenant, var person] && Guid.TryParseExact(tenant, "D", out var tid) && Guid.TryParseExact(person, "D", out var oid) ? $"{tid:D}/{oid:D}" : null;
    }

    private static string Shown(string name) => name.Length <= MaxShownChars ? name : name[..MaxShownChars] + "…";

    private static async Task<string?> FindAsync(NpgsqlConnection connection, string statement, string name, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        command.Parameters.Add(new() { Value = name });
        return await command.ExecuteScalarAsync(ct) as string;
    }
}
