using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Policies.Yaml;
using Npgsql;

namespace IdJagBroker.Audit;

/// <summary>The files of every revision that was ever in force or published, under its name. Rows are added and never changed.</summary>
internal static class PolicyRevisionTable
{
    /// <summary>Keeps the files, unless they are there; tests among them are no part of a revision.</summary>
    public static async Task KeepAsync(NpgsqlConnection connection, string revision, IEnumerable<PolicySource> sources, CancellationToken ct)
    {
        var files = new JsonArray([.. sources.Select(source => new JsonObject { ["name"] = source.Name, ["text"] = source.Text })]);
        await using var command = new NpgsqlCommand("insert into policy_revision (revision, files) values ($1, $2::jsonb) on conflict do nothing", connection);
        command.Parameters.Add(new() { Value = revision });
        command.Parameters.Add(new() { Value = files.ToJsonString() });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The files as the table has them, or null if it knows no such revision. Whether they are its files, their hash says.</summary>
    public static async Task<IReadOnlyList<PolicySource>?> FindAsync(NpgsqlConnection connection, string revision, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select files from policy_revision where revision = $1", connection);
        command.Parameters.Add(new() { Value = revision });
        if (await command.ExecuteScalarAsync(ct) is not string files) return null;
        using var json = JsonDocument.Parse(files);
        return [.. json.RootElement.EnumerateArray().Select(Source)];
    }

    private static PolicySource Source(JsonElement file)
    {
        var name = file.GetProperty("name").GetString()!;
        return new PolicySource(name, name, file.GetProperty("text").GetString()!);
    }
}
