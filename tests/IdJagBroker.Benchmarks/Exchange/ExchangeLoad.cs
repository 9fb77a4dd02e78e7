using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using IdJagBroker.Storage.PrivateCluster;

namespace IdJagBroker.Benchmarks.Exchange;

/// <summary>
/// What one token exchange costs, everything on: a broker in a process of its own, Postgres with fsync, RS256 ID Tokens, policy,
/// replay memory and the durable record. CPU time of both processes for each exchange; the load comes from this one.
/// </summary>
internal static class ExchangeLoad
{
    private const int WarmUp = 120_000;      // until the runtime has compiled the hot path for good
    private const int Requests = 20_000;
    private const int Rounds = 8;

    /// <param name="inFlight">How many requests are under way at any time.</param>
    public static async Task PrintAsync(int inFlight)
    {
        await using var postgres = await PrivatePostgres.StartAsync(new PrivatePostgresOptions { Directory = Directory.CreateTempSubdirectory("idjag-load-").FullName });
        await using var bench = await BrokerProcess.StartAsync(postgres);
        Console.WriteLine($"{inFlight} requests in flight, {Requests} requests, best of {Rounds} rounds");
        await MeasureAsync("client secret", inFlight, bench, postgres, bench.SecretForm);
        await MeasureAsync("private_key_jwt", inFlight, bench, postgres, bench.AssertionForm);
    }

    private static async Task MeasureAsync(string name, int inFlight, BrokerProcess broker, PrivatePostgres postgres, Func<byte[]> form)
    {
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = inFlight });
        await RunAsync(http, inFlight, broker.TokenEndpoint, [.. Enumerable.Range(0, WarmUp).Select(_ => form())]);
        var best = (Broker: double.MaxValue, Postgres: 0.0, PerSecond: 0.0, Batch: 0.0);
        for (var round = 0; round < Rounds; round++)
        {
            byte[][] bodies = [.. Enumerable.Range(0, Requests).Select(_ => form())];
            var commits = await CommitsAsync(postgres);
            var (brokerBefore, postgresBefore, started) = (ProcessCpu.Of(broker.Id), ProcessCpu.OfTree(postgres.ServerProcessId), Stopwatch.GetTimestamp());
            await RunAsync(http, inFlight, broker.TokenEndpoint, bodies);
            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            var used = (ProcessCpu.Of(broker.Id) - brokerBefore, ProcessCpu.OfTree(postgres.ServerProcessId) - postgresBefore);
            var (app, database) = (used.Item1.TotalMicroseconds / Requests, used.Item2.TotalMicroseconds / Requests);
            if (app + database < best.Broker + best.Postgres) best = (app, database, Requests / seconds, Requests / (double)(await CommitsAsync(postgres) - commits));
        }
        byte[][] counted = [.. Enumerable.Range(0, Requests).Select(_ => form())];
        var allocated = await Allocations.DuringAsync(broker.Id, () => RunAsync(http, inFlight, broker.TokenEndpoint, counted)) / (double)Requests;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-16} broker {best.Broker,6:F1} µs + Postgres {best.Postgres,5:F1} µs = {best.Broker + best.Postgres,6:F1} µs CPU; {best.PerSecond,7:F0} exchanges/s; {best.Batch:F1} records a commit; {allocated:F0} B allocated; broker memory {ProcessCpu.ResidentMiB(broker.Id):F0} MiB"));
    }

    private static async Task<long> CommitsAsync(PrivatePostgres postgres)
    {
        await Task.Delay(1_200);        // the statistics come late
        await using var source = Npgsql.NpgsqlDataSource.Create(postgres.ConnectionString);
        await using var command = source.CreateCommand("select xact_commit from pg_stat_database where datname = current_database()");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task RunAsync(HttpClient http, int inFlight, Uri endpoint, byte[][] bodies)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(async _ =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < bodies.Length;)
            {
                using var content = new ByteArrayContent(bodies[i]);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
                using var response = await http.PostAsync(endpoint, content);
                if (!response.IsSuccessStatusCode) throw new InvalidOperationException(await response.Content.ReadAsStringAsync());
            }
        }));
    }
}
