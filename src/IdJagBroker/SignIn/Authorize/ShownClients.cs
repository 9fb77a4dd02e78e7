using Npgsql;

namespace IdJagBroker.SignIn.Authorize;

/// <summary>Which applications, answered where, a person was shown and went on to.</summary>
internal sealed class ShownClients(NpgsqlDataSource database)
{
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<bool> IsKnownAsync(string subjectKey, Recipient recipient, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select exists (select from signin_shown where subject_key = $1 and client_id = $2 and place = $3)");
        Add(command, subjectKey, recipient);
        return await command.ExecuteScalarAsync(ct) is true;
    }

    /// <summary>In a transaction that somebody else commits.</summary>
    public static async Task KeepAsync(NpgsqlConnection connection, string subjectKey, Recipient recipient, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("insert into signin_shown (subject_key, client_id, place, shown_at) values ($1, $2, $3, $4) on conflict do nothing", connection);
        Add(command, subjectKey, recipient);
        command.Parameters.Add(new() { Value = now });
        await command.ExecuteNonQueryAsync(ct);
    }

    private static void Add(NpgsqlCommand command, string subjectKey, Recipient recipient)
    {
        command.Parameters.Add(new() { Value = subjectKey });
        command.Parameters.Add(new() { Value = recipient.ClientId });
        command.Parameters.Add(new() { Value = PlaceOf(recipient.RedirectUri) });
    }

    // A native application has another port each time, and is the same place.
    private static string PlaceOf(string redirectUri) => new Uri(redirectUri) is { IsLoopback: true, Scheme: "http" } local ? $"http://{local.Host}" : RedirectUris.PlaceOf(redirectUri);
}
