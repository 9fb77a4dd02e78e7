using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Audit;
using IdJagBroker.Benchmarks.Exchange;
using IdJagBroker.Clients;
using IdJagBroker.Storage.PrivateCluster;
using Npgsql;
using NpgsqlTypes;

namespace IdJagBroker.Benchmarks.Audit;

/// <summary>
/// What an export of the whole log costs: a broker sequences so many issuances, signs a checkpoint over them, and is asked for all of them
/// through its API.
/// </summary>
internal static class ExportLoad
{
    private const string Path = "/admin/v1/audit/exports";
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    public static async Task PrintAsync(int events)
    {
        await using var postgres = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { Directory = Directory.CreateTempSubdirectory("idjag-load-").FullName });
        var (token, key) = (ClientSecretHash.NewSecret(), ClientSecretHash.NewSecret());
        await using var broker = await BrokerProcess.StartAsync(postgres, $"--Clients:SecretKey={key}", $"--Management:TokenHash={new ClientSecretHash(key).Hash(token)}", "--Audit:Checkpoints:Every=00:00:01");
        await using var database = NpgsqlDataSource.Create(postgres.ConnectionString + ";CommandTimeout=600");
        await FillAsync(database, events);
        while (await ScalarAsync<long>(database, "select coalesce((select max(size) from audit_checkpoint), 0)") < events) await Task.Delay(Look);

        using var http = new HttpClient { BaseAddress = broker.Management };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        for (var round = 0; round < 3; round++)
        {
            var (before, own, server) = (ProcessCpu.ResidentMiB(broker.Id), ProcessCpu.Of(broker.Id), ProcessCpu.OfTree(postgres.ServerProcessId));
            var (job, most) = await ExportAsync(http, broker.Id);
            var took = Time(job["ended_at"]) - Time(job["started_at"]);
            var used = (ProcessCpu.Of(broker.Id) - own, ProcessCpu.OfTree(postgres.ServerProcessId) - server);
            var made = (long)job["events"]!;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{made} events in {took.TotalSeconds:F1} s: {made / took.TotalSeconds:F0}/s; CPU an event: broker {used.Item1.TotalMicroseconds / made:F1} µs, Postgres {used.Item2.TotalMicroseconds / made:F1} µs; memory of the broker {before:F0} MiB before, at most {most:F0} MiB"));
        }
    }

    private static async Task<(JsonNode Job, double MostMiB)> ExportAsync(HttpClient http, int broker)
    {
        using var asked = await http.PostAsJsonAsync(Path, new { reason = "measured" });
        var id = (string)(await asked.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>())!["id"]!;
        for (var most = 0.0; ; await Task.Delay(Look))
        {
            most = Math.Max(most, ProcessCpu.ResidentMiB(broker));
            var job = (await http.GetFromJsonAsync<JsonNode>($"{Path}/{id}"))!;
            if ((string?)job["state"] is "failed") throw new InvalidOperationException(job.ToJsonString());
            if ((string?)job["state"] is "done") return (job, most);
        }
    }

    // Into the inbox, from which the broker takes them.
    private static async Task FillAsync(NpgsqlDataSource database, int events)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var copy = await connection.BeginBinaryImportAsync("copy audit_inbox (event) from stdin (format binary)");
        for (var n = 0; n < events; n++)
        {
            await copy.StartRowAsync();
            await copy.WriteAsync(EventLine.Of(LoadEvents.Issued(n, DateTimeOffset.UtcNow)), NpgsqlDbType.Text);
        }
        await copy.CompleteAsync();
    }

    private static DateTimeOffset Time(JsonNode? time) => DateTimeOffset.Parse((string)time!, CultureInfo.InvariantCulture);

    private static async Task<T> ScalarAsync<T>(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}
